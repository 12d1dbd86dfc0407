import { LABELS } from '../../../api/keys';
import { CLAIMS, PODS, SANDBOXES, WARM_POOLS, type Pod, type Sandbox, type SandboxClaim, type SandboxWarmPool } from '../../../controllers/shared/objects';
import { Client } from '../../../runtime/client';
import { systemClock } from '../../../runtime/clock';
import type { HttpTransport } from '../../../runtime/http-transport';
import { Informer, type InformerContext } from '../../../runtime/informer';
import { findControllerOf, type KubeObject, type Resource } from '../../../runtime/object';
import { causeOf, outcomeOf } from '../../../runtime/outcome';
import { PROGRAM } from '../help';
import { ToolError } from '../subcommand';
import { Bindings } from './bindings';
import { byName, byUrgency, poolRow, sandboxRow } from './rows';
import type { View } from './table';

/** What all informers have in common here. */
interface Following extends Pick<Informer<KubeObject>, 'start' | 'stop' | 'findProblem'> {
  readonly cache: { readonly synced: Promise<void>; onChange(changed: () => void): void };
}

/** Follows the objects of some namespaces, or of all, by the informers of the controller. */
export class Watching {
  private readonly sandboxes: Informer<Sandbox, 'owner'>;
  private readonly pods: Informer<Pod, 'owner'>;
  private readonly pools: Informer<SandboxWarmPool>;
  private readonly claims: Informer<SandboxClaim>;
  private readonly started: readonly Following[];
  private readonly bindings: Bindings;

  private constructor(context: InformerContext, hasExtensions: boolean) {
    this.sandboxes = new Informer({ resource: SANDBOXES, indexes: { owner }, reduce: reducedSandbox }, context);
    this.pods = new Informer({ resource: PODS, indexes: { owner }, reduce: reducedPod, labelSelector: LABELS.sandboxNameHash }, context);
    this.pools = new Informer({ resource: WARM_POOLS, indexes: {} }, context);
    this.claims = new Informer({ resource: CLAIMS, indexes: {}, reduce: reducedClaim }, context);
    this.started = [this.sandboxes, this.pods, ...(hasExtensions ? [this.pools, this.claims] : [])];
    this.bindings = new Bindings(systemClock.monotonicMs(), (namespace, { name, uid }) => {
      const claim = this.claims.cache.find({ namespace, name });
      return claim?.metadata.uid === uid ? claim.spec.warmPoolRef.name : undefined;
    });
  }

  /** Resolves when the present state is known. Throws a ToolError when it cannot be had. */
  public static async start(transport: HttpTransport, namespaces: readonly string[]): Promise<Watching> {
    const areServed = await Promise.all([SANDBOXES, PODS, WARM_POOLS, CLAIMS].map((resource) => isServed(transport, resource, namespaces[0] ?? '')));
    if (!areServed[0]) throw new ToolError('the cluster knows no Sandboxes: their CRD is not installed');
    const client = new Client({ transport, clock: systemClock, random: Math.random, fieldManager: PROGRAM });
    // Troubles are shown with the state that they make old; what a handler throws is a fault of this program.
    const context = { client, transport, clock: systemClock, random: Math.random, namespaces, trouble: () => undefined, report: rethrown };
    const watching = new Watching(context, areServed.every(Boolean));
    watching.started.forEach((informer) => informer.start());
    await Promise.all(watching.started.map(({ cache }) => cache.synced));
    // From here on: what was bound before the start is not counted.
    watching.sandboxes.cache.onChange((change) => watching.bindings.see(change, systemClock.monotonicMs()));
    return watching;
  }

  public onChange(changed: () => void): void {
    for (const { cache } of this.started) cache.onChange(changed);
  }

  public view(nowMs: number): View {
    const members = (uid: string): readonly Sandbox[] => this.sandboxes.cache.by('owner', uid);
    const seenMs = systemClock.monotonicMs();
    return {
      pools: Array.from(this.pools.cache.entries(), ([, pool]) => poolRow(pool, members(pool.metadata.uid), this.bindings.of(pool.metadata, seenMs))).sort(
        byName,
      ),
      sandboxes: Array.from(this.sandboxes.cache.entries(), ([, sandbox]) => sandboxRow(sandbox, this.podOf(sandbox), nowMs)).sort(byUrgency),
      problems: this.started.flatMap((informer) => informer.findProblem() ?? []),
    };
  }

  public stop(): void {
    this.started.forEach((informer) => informer.stop());
  }

  private podOf({ metadata }: Sandbox): Pod | undefined {
    return this.pods.cache.by('owner', metadata.uid)[0];
  }
}

/** Whether the server has the resource. Throws a ToolError when it does not let the caller see it. */
async function isServed(transport: HttpTransport, resource: Resource, namespace: string): Promise<boolean> {
  const reply = await transport.send({ verb: 'list', resource, namespace, query: { limit: '1' } }, { traffic: 'background', deadlineMs: DEADLINE_MS });
  const outcome = outcomeOf(reply);
  if (outcome.result === 'rejected' && outcome.status === 404) return false;
  if (outcome.result !== 'ok') throw new ToolError(`cannot list ${resource.plural}: ${causeOf(outcome)}`);
  return true;
}

const DEADLINE_MS = 10_000;

const owner = (object: KubeObject): readonly string[] => [findControllerOf(object)?.uid].filter((uid) => uid !== undefined);

const reducedSandbox = ({ apiVersion, kind, metadata, spec, status }: Sandbox): Sandbox => ({
  ...{ apiVersion, kind, metadata },
  // Nothing here looks at the rest of the spec, which is most of a Sandbox.
  spec: { podTemplate: { spec: { containers: [] } }, operatingMode: spec.operatingMode },
  status: { conditions: status?.conditions },
});

const reducedPod = ({ apiVersion, kind, metadata, spec }: Pod): Pod => ({ apiVersion, kind, metadata, spec: { nodeName: spec.nodeName } });

const reducedClaim = ({ apiVersion, kind, metadata, spec }: SandboxClaim): SandboxClaim => ({
  apiVersion,
  kind,
  metadata,
  spec: { warmPoolRef: spec.warmPoolRef },
});

function rethrown(error: unknown): never {
  throw error;
}
