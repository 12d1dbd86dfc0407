import { sandboxController } from '../../../src/controllers/sandbox';
import type { Settings } from '../../../src/controllers/sandbox/observe';
import type { ControllerContext } from '../../../src/controllers/shared/context';
import { allOf, informersOf } from '../../../src/controllers/shared/informers';
import { templateController } from '../../../src/controllers/template';
import { Client } from '../../../src/runtime/client';
import type { Program } from '../network/process';

const SETTINGS: Settings = {
  ...{ clusterDomain: 'cluster.local', createdByValues: [], isWarmPoolEvictionEnabled: true, isPodSandboxUidLabelled: false },
  ...{ areEventsDisabled: false, transitionalStatusWindowMs: 200, writeBehindWindowMs: 0 },
};

const nothing = (): void => undefined;

/** The real Sandbox and template controllers on the real kernel, without election. */
export const controllers: Program = ({ clock, transport, random }) => {
  const client = new Client({ transport, clock, random, fieldManager: 'agent-sandbox-controller' });
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
  const context: ControllerContext = { informers, client, clock, random, concurrency: 10, emit: nothing, passed: nothing, report };
  const loops = [sandboxController(context, SETTINGS, () => undefined), templateController(context, true)];
  const all = allOf(informers);
  all.forEach((informer) => informer.start());
  void Promise.all(all.map(({ cache }) => cache.synced)).then(() => loops.forEach((loop) => loop.start()));
};
