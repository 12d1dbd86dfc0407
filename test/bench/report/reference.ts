/** What the makers of the aims found of the reference implementation on such a machine; not measured here. */
export const REFERENCE = {
  writes: 8,
  writesWithRefill: [17, 21],
  claimsPerSecond: [10.7, 12.3],
  source: 'issue 5 of this project, two cores',
} as const;
export const REFERENCE_COLOUR = '#b42318';
