import { controllersOf } from '../../../src/controllers';
import type { Moment } from '../../../src/controllers/claim/observer';
import { Allocator } from '../../../src/controllers/members/allocator';
import { allOf, informersOf } from '../../../src/controllers/shared/informers';
import { Client, type ClientOptions } from '../../../src/runtime/client';
import { DEFAULT_SETTINGS } from '../../support/default-settings';
import type { Ports, Program } from '../network/process';

export const FIELD_MANAGER = 'agent-sandbox-controller';

const nothing = (): void => undefined;

/** The real controllers on the real kernel, without election. */
export const controllers: Program = (ports) => runControllers(ports, { lead: (work) => work() });

/** How the controllers come to work: `lead` lets them begin in due time. */
export interface Leadership extends Pick<ClientOptions, 'mayWrite'> {
  readonly lead: (work: () => void) => void;
}

export function runControllers({ clock, transport, random, measured, passed }: Ports, { lead, ...limits }: Leadership): void {
  const client = new Client({ ...limits, transport, clock, random, fieldManager: FIELD_MANAGER });
  // What a rule throws is a fault, and ends the run.
  const report = (error: unknown): void => {
    clock.after(0, () => {
      throw error;
    });
  };
  const informers = informersOf(
    { client, transport, clock, random, namespaces: [], trouble: nothing, report },
    { hasExtensions: true, areLabelsRequired: false },
  );
  const becameReady = ({ claim }: Moment): void => measured(claim.metadata.uid);
  const claimObserver = { bound: nothing, becameReady, startedCold: nothing, passed: nothing, surplusDeleted: nothing };
  const context = { informers, client, clock, random, emit: nothing, passed, report, claimObserver };
  const loops = controllersOf({ ...context, allocator: new Allocator(), workersOf: () => ({ concurrency: 10 }) }, DEFAULT_SETTINGS);
  const all = allOf(informers);
  all.forEach((informer) => informer.start());
  void Promise.all(all.map(({ cache }) => cache.synced)).then(() => lead(() => loops.forEach((loop) => loop.start())));
}
