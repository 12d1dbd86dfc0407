import type { Size } from 'cdk8s';
import type { Cpu } from 'cdk8s-plus-28';

// The API server stores quantities in one canonical spelling (1000 as 1k, 1024Mi as 1Gi); any other is a difference for ever.
const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** A whole number as a canonical quantity. `where` names the field in the error. */
export function countQuantity(count: number, where: string): string {
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${where}: expected a whole number from 0 on, found ${count}`);
  return scaled(count, 1000, DECIMAL);
}

/** CPU as a canonical quantity. */
export function cpuQuantity(cpu: Cpu, where: string): string {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(m?)$/.exec(cpu.amount) ?? [];
  if (digits === undefined) throw new Error(`${where}: expected Cpu.units or Cpu.millis with a number from 0 on, found ${cpu.amount}`);
  // The API server rounds fractions of a thousandth up.
  const millis = Math.ceil(Number((Number(digits) * (unit === 'm' ? 1 : 1000)).toFixed(6)));
  return millis % 1000 === 0 ? countQuantity(millis / 1000, where) : `${millis}m`;
}

/** A size as a canonical quantity. */
export function sizeQuantity(size: Size, where: string): string {
  const kibibytes = size.toKibibytes();
  if (kibibytes < 0) throw new Error(`${where}: expected a Size from 0 on, found ${kibibytes} KiB`);
  return kibibytes === 0 ? '0' : scaled(kibibytes, 1024, BINARY);
}

function scaled(amount: number, step: number, units: readonly string[]): string {
  let rest = amount;
  let unit = 0;
  while (rest > 0 && rest % step === 0 && unit < units.length - 1) {
    rest /= step;
    unit += 1;
  }
  return `${rest}${units[unit] ?? ''}`;
}
