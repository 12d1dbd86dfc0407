const NANOS = 1_000_000_000n;
const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]?|[KMGTPE]i)|[eE]([+-]?\d{1,3}))$/;

/** Units of decimal quantities, each a thousand times the one before, from a billionth on. */
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
/** Units of binary quantities, each 1024 times the one before. */
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

interface Quantity {
  readonly nanos: bigint;
  readonly form: 'decimal' | 'binary' | 'exponent';
}

/**
 * A quantity in the one spelling in which the API server stores it in its own kinds: the greatest unit in which the number stays whole, so
 * 1Gi for 1024Mi and 500m for 0.5. What is no quantity stays as it is.
 */
export function canonicalQuantity(text: string): string {
  const quantity = findQuantity(text);
  if (!quantity) return text;
  const { nanos, form } = quantity;
  if (nanos === 0n) return '0';
  // Below 1Ki there is no binary unit.
  if (form === 'binary' && magnitude(nanos) >= 1024n * NANOS) {
    const { amount, rung } = climb(dividedUp(nanos, NANOS), 1024n, BINARY.length);
    return `${amount}${BINARY[rung] ?? ''}`;
  }
  const { amount, rung } = climb(nanos, 1000n, DECIMAL.length);
  return `${amount}${form === 'exponent' && rung !== 3 ? `e${3 * rung - 9}` : (DECIMAL[rung] ?? '')}`;
}

/** A text that two quantities share exactly if they have the same value, however they are spelled; of what is no quantity the text itself. */
export function quantityValue(text: string): string {
  const quantity = findQuantity(text);
  return quantity ? `${quantity.nanos}n` : text;
}

/** The value in billionths, which is as fine as quantities are; what is finer is rounded up, as the API server does. */
function findQuantity(text: string): Quantity | undefined {
  const [match, sign, whole = '', fraction = '', unit, exponent] = FORM.exec(text) ?? [];
  if (match === undefined || whole + fraction === '') return undefined;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`);
  const { factor, divisor } = exponent === undefined ? { factor: factorOf(unit ?? ''), divisor: 1n } : scaled(Number(exponent) + 9);
  const form = exponent !== undefined ? 'exponent' : unit?.endsWith('i') ? 'binary' : 'decimal';
  return { nanos: dividedUp(digits * factor, divisor * 10n ** BigInt(fraction.length)), form };
}

const scaled = (exponent: number) => (exponent >= 0 ? { factor: 10n ** BigInt(exponent), divisor: 1n } : { factor: 1n, divisor: 10n ** BigInt(-exponent) });

function factorOf(unit: string): bigint {
  const rung = BINARY.findIndex((each) => each === unit);
  return rung > 0 ? NANOS * 1024n ** BigInt(rung) : 1000n ** BigInt(DECIMAL.findIndex((each) => each === unit));
}

/** The highest rung of a ladder of units on which the amount stays whole. */
function climb(from: bigint, step: bigint, rungs: number): { readonly amount: bigint; readonly rung: number } {
  let [amount, rung] = [from, 0];
  while (amount % step === 0n && rung < rungs - 1) {
    amount /= step;
    rung++;
  }
  return { amount, rung };
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** Rounded away from zero. */
function dividedUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return quotient * by === value ? quotient : quotient + (value < 0n ? -1n : 1n);
}
