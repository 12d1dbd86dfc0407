/** How much the workloads do. */
export interface Sizes {
  readonly serial: number;
  readonly claims: number;
  readonly workers: number;
  readonly rounds: number;
  readonly rates: readonly number[];
  readonly rateSeconds: number;
  readonly sustained: number;
  readonly seconds: number;
  readonly singles: number;
  readonly members: number;
  readonly rolled: number;
  readonly rest: number;
  readonly sandboxes: number;
  readonly idle: number;
}

/** Each as on the command line, with what it is; the defaults together take about 25 minutes on two cores. */
export const SIZES: Readonly<Record<keyof Sizes, { readonly option: string; readonly usual: number | readonly number[]; readonly about: string }>> = {
  serial: { option: 'serial', usual: 100, about: 'claims of serial' },
  claims: { option: 'claims', usual: 300, about: 'claims, and members, of workers, burst and refilled; members of sustained' },
  workers: { option: 'workers', usual: 20, about: 'claims of workers that are on their way at one time' },
  rounds: { option: 'rounds', usual: 3, about: 'rounds of burst, fill and restart' },
  rates: { option: 'rates', usual: [10, 20, 40, 60, 75], about: 'claims a second of rate, one run for each' },
  rateSeconds: { option: 'rate-seconds', usual: 20, about: 'how long each of these runs takes' },
  sustained: { option: 'sustained', usual: 30, about: 'claims a second of sustained' },
  seconds: { option: 'seconds', usual: 60, about: 'how long sustained takes' },
  singles: { option: 'singles', usual: 30, about: 'claims of cold, Sandboxes of bare and resume' },
  members: { option: 'members', usual: 300, about: 'members of fill' },
  rolled: { option: 'rolled', usual: 100, about: 'members of rollout' },
  rest: { option: 'rest', usual: 120, about: 'how many seconds rest takes' },
  sandboxes: { option: 'sandboxes', usual: 1000, about: 'Sandboxes of rest and restart' },
  idle: { option: 'idle', usual: 10_000, about: 'Sandboxes of idle' },
};
