/** Units of quantities, each the step times the one before. */
const SCALES = [
  { step: 1000, units: ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'] },
  { step: 1024, units: ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] },
] as const;

/**
 * A quantity in the one spelling in which the API server stores it in its own kinds: the greatest unit in which the number stays whole, so
 * 1Gi for 1024Mi. What is no whole number of a unit stays as it is.
 */
export function canonicalQuantity(text: string): string {
  const [, digits = '', given = ''] = /^(\d+)([mkMGTPE]?|[KMGTPE]i)$/.exec(text) ?? [];
  const scale = SCALES.find(({ units }) => units.some((unit) => unit === given));
  let amount = Number(digits);
  if (digits === '' || !scale || !Number.isSafeInteger(amount)) return text;
  if (amount === 0) return '0';
  let rung = scale.units.findIndex((unit) => unit === given);
  while (amount % scale.step === 0 && rung < scale.units.length - 1) {
    amount /= scale.step;
    rung += 1;
  }
  return `${amount}${scale.units[rung] ?? ''}`;
}
