import type { Claimed } from '../stage/user';
import type { Run } from '../workloads/claims';

/** The value below which that share of the values lies; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const isWarm = ({ name, sandbox }: Claimed): boolean => sandbox !== undefined && sandbox !== name;
export const latenciesOf = ({ claims }: Run): readonly number[] => claims.filter(({ failure }) => failure === undefined).map(({ ms }) => ms);
