import type { Key, KubeObject } from '../runtime/object';
import type { ReconcileLoop } from '../runtime/reconcile';
import { claimController } from './claim';
import type { Settings as ClaimSettings } from './claim/observe';
import type { ClaimObserver } from './claim/observer';
import { recover } from './claim/recovery';
import type { Allocator } from './members/allocator';
import { feed } from './members/feed';
import { sandboxController } from './sandbox';
import type { Settings as SandboxSettings } from './sandbox/observe';
import type { ControllerContext } from './shared/context';
import { onFirstReady } from './shared/creation-latency';
import type { Sandbox } from './shared/objects';
import { PolicyWaits } from './shared/protection';
import { templateController } from './template';
import { warmPoolController } from './warm-pool';
import { isOfLowStock } from './warm-pool/growth';
import type { Settings as WarmPoolSettings } from './warm-pool/observe';

/** A controller as the process runs it. */
export interface Controller extends Pick<ReconcileLoop<unknown>, 'workQueue' | 'start' | 'stop'> {
  readonly name: ControllerName;
  /** Asks for a pass. */
  wake(key: Key, lane?: 'fresh' | 'backlog'): void;
  /** What it has keys of, for the resync. */
  readonly objects: { entries(): Iterable<readonly [string, KubeObject]> };
}

/** What decides about objects, beside the objects themselves (spec 07 §1). */
export interface Settings {
  readonly sandbox: SandboxSettings;
  readonly claim: ClaimSettings;
  readonly warmPool: WarmPoolSettings;
  readonly areTemplatesLabelled: boolean;
}

/** What every controller gets; how many keys each works on at the same time is looked up by its name. */
export interface ControllersContext extends Omit<ControllerContext, 'concurrency' | 'queueObserver'> {
  readonly allocator: Allocator;
  readonly claimObserver: ClaimObserver;
  /** Told of each Sandbox that becomes Ready for the first time while this process decides. */
  readonly sandboxBecameReady?: (sandbox: Sandbox) => void;
  readonly workersOf: (name: ControllerName) => Pick<ControllerContext, 'concurrency' | 'queueObserver'>;
}

export type ControllerName = 'sandbox' | 'sandboxtemplate' | 'sandboxclaim' | 'sandboxwarmpool';

/** All controllers of a process, in the order in which they start; those of the extensions only if their kinds are watched. */
export function controllersOf(context: ControllersContext, settings: Settings): readonly Controller[] {
  const { sandboxes, extensions } = context.informers;
  // The allocator hears of every change before any controller does.
  if (extensions) feed(context.allocator, context.informers);
  const part = (name: ControllerName): ControllerContext => ({ ...context, ...context.workersOf(name) });
  const traceContext = (): string | undefined => context.tracing?.traceContext();
  const isUrgent = (sandbox: Sandbox): boolean => isOfLowStock(sandbox, context, settings.warmPool);
  const ofSandboxes = sandboxController(part('sandbox'), settings.sandbox, { traceContext, isUrgent });
  const { sandboxBecameReady: tell } = context;
  if (tell) onFirstReady(sandboxes.cache, { tell, isDeciding: () => ofSandboxes.isDeciding });
  const sandbox = controller('sandbox', ofSandboxes, sandboxes.cache);
  if (!extensions) return [sandbox];
  const { allocator, claimObserver: observer } = context;
  const protections = new PolicyWaits(extensions.policies.cache);
  const claim = claimController({ ...part('sandboxclaim'), members: allocator, observer, protections }, settings.claim);
  const pool = warmPoolController({ ...part('sandboxwarmpool'), allocator, protections }, settings.warmPool);
  const template = templateController(part('sandboxtemplate'), settings.areTemplatesLabelled);
  const ownedBy = (uid: string): readonly Sandbox[] => sandboxes.cache.by('owner', uid);
  const beginning = { allocator, claims: extensions.claims.cache, pools: extensions.pools.cache, sandboxes: { ownedBy } };
  return [
    controller('sandboxclaim', claim, extensions.claims.cache, () => recover(beginning, (key) => claim.wake(key, 'fresh'))),
    controller('sandboxwarmpool', pool, extensions.pools.cache),
    sandbox,
    controller('sandboxtemplate', template, extensions.templates.cache),
  ];
}

/** `before` is done when the controller starts, ahead of its first pass. */
function controller<Observed, Memory>(
  name: ControllerName,
  loop: ReconcileLoop<Observed, Memory>,
  objects: Controller['objects'],
  before: () => void = () => undefined,
): Controller {
  return {
    name,
    workQueue: loop.workQueue,
    objects,
    start: () => {
      before();
      loop.start();
    },
    stop: () => loop.stop(),
    wake: (key, lane) => loop.wake(key, lane),
  };
}
