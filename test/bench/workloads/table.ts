import type { Bench } from './bench';
import { fill, rollout } from './pools';
import { idle, rest, restart } from './rest';
import { bare, cold, resume } from './single';
import { burst, rate, refilled, serial, sustained, workers } from './warm';

/** One thing that is measured. */
export interface Workload {
  readonly name: string;
  /** Completes the sentence "it measures …". */
  readonly about: string;
  /** Whether it starts and stops the controller, so that it cannot be done with somebody else's. */
  readonly ownController?: boolean;
  readonly run: (bench: Bench) => Promise<void>;
}

/** In the order in which they are done: a controller that has run for long is restarted where its flags change. */
export const WORKLOADS: readonly Workload[] = [
  { name: 'serial', about: 'warm claims, one after the other, and beside each two raw PATCHes', run: serial },
  { name: 'workers', about: 'warm claims, so many on their way at one time', run: workers },
  { name: 'burst', about: 'as many claims at once as the pool has members, and the same writes sent raw', run: burst },
  { name: 'rate', about: 'claims at a fixed rate that wait for no answer, at several rates', run: rate },
  { name: 'rest', about: 'what is written while nothing happens', run: rest },
  { name: 'restart', about: 'a start of the controller with live objects', run: restart, ownController: true },
  { name: 'refilled', about: 'a burst whose pool is refilled', run: refilled },
  { name: 'sustained', about: 'claims at a fixed rate from a pool that is refilled', run: sustained },
  { name: 'cold', about: 'claims on a pool without members', run: cold },
  { name: 'bare', about: 'Sandboxes without template and pool', run: bare },
  { name: 'resume', about: 'to suspend a Sandbox, and to resume it', run: resume },
  { name: 'fill', about: 'to fill a pool', run: fill },
  { name: 'rollout', about: 'a template whose image changes, under Recreate and under OnReplenish', run: rollout },
  { name: 'idle', about: 'the memory for many idle Sandboxes', run: idle },
];
