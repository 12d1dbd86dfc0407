import type { Size } from 'cdk8s';
import type { Cpu } from 'cdk8s-plus-28';
import { canonicalQuantity } from '../api/quantity';

// Any spelling but the canonical one is a difference for ever.

/** A whole number as a canonical quantity. `where` names the field in the error. */
export function countQuantity(count: number, where: string): string {
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${where}: expected a whole number from 0 on, found ${count}`);
  return canonicalQuantity(`${count}`);
}

/** CPU as a canonical quantity. */
export function cpuQuantity(cpu: Cpu, where: string): string {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(m?)$/.exec(cpu.amount) ?? [];
  if (digits === undefined) throw new Error(`${where}: expected Cpu.units or Cpu.millis with a number from 0 on, found ${cpu.amount}`);
  // The API server rounds fractions of a thousandth up.
  const millis = Math.ceil(Number((Number(digits) * (unit === 'm' ? 1 : 1000)).toFixed(6)));
  return canonicalQuantity(`${millis}m`);
}

/** A size as a canonical quantity. */
export function sizeQuantity(size: Size, where: string): string {
  const kibibytes = size.toKibibytes();
  if (kibibytes < 0) throw new Error(`${where}: expected a Size from 0 on, found ${kibibytes} KiB`);
  return canonicalQuantity(`${kibibytes}Ki`);
}
