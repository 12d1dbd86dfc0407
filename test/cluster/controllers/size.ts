/** Whether the scenarios of spec 08 §14 are played in the numbers given there (`npm run test:controllers:full`), or in smaller ones. */
const IS_FULL_SIZE = process.env.FULL_SIZE === 'true';

/** A number of things or of seconds: the first as a rule, the other in full size. */
export const sized = (usual: number, full: number): number => (IS_FULL_SIZE ? full : usual);
