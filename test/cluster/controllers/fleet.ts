import { CLAIMS, NETWORK_POLICIES, PODS, SANDBOXES, TEMPLATES, WARM_POOLS } from '../../../src/controllers/shared/objects';
import type { Sandbox, SandboxClaim, SandboxTemplate, SandboxWarmPool } from '../../../src/controllers/shared/objects';
import { findControllerOf, type KubeObject } from '../../../src/runtime/object';
import { until } from '../until';
import { conditionOf, type Scene } from './scene';

const TIMEOUT_MS = 60_000;

/** Templates, pools and claims in a scene, and what must be true of them. */
export class Fleet {
  constructor(private readonly scene: Scene) {}

  /** Creates a template with one container, and waits for its policy. */
  public async template(name: string, spec: object = {}): Promise<SandboxTemplate> {
    const template = await this.scene.make(TEMPLATES, name, { spec: { podTemplate: { spec: POD_SPEC }, ...spec } });
    await this.scene.until(NETWORK_POLICIES, `${name}-network-policy`, 'to exist');
    return template;
  }

  /** Creates a pool of the template. */
  public pool(name: string, replicas: number, spec: object = {}): Promise<SandboxWarmPool> {
    return this.scene.make(WARM_POOLS, name, { spec: { replicas, sandboxTemplateRef: { name: 'python' }, ...spec } });
  }

  public async scale(pool: string, replicas: number): Promise<void> {
    await this.scene.patch(WARM_POOLS, pool, { spec: { replicas } });
  }

  /** Waits until the status of a pool says that so many members are Ready, and no more are there. */
  public full(pool: string, replicas: number): Promise<SandboxWarmPool> {
    const isFull = ({ status = {} }: SandboxWarmPool) => (status.readyReplicas ?? 0) === replicas && (status.replicas ?? 0) === replicas;
    return this.scene.until(WARM_POOLS, pool, `to have ${replicas} Ready members`, isFull);
  }

  /** Creates a claim on a pool. */
  public claim(name: string, pool: string, spec: object = {}, metadata: object = {}): Promise<SandboxClaim> {
    return this.scene.make(CLAIMS, name, { metadata, spec: { warmPoolRef: { name: pool }, ...spec } });
  }

  /** Waits until a claim is Ready. */
  public ready(name: string): Promise<SandboxClaim> {
    return this.scene.until(CLAIMS, name, 'to be Ready', isReady);
  }

  /** Deletes a claim, and waits until it is gone. */
  public async delete(claim: string): Promise<void> {
    await this.scene.delete(CLAIMS, claim);
    await this.scene.gone(CLAIMS, claim);
  }

  /** Waits until a claim gives this reason for not being Ready. */
  public says(name: string, reason: string): Promise<SandboxClaim> {
    return this.scene.until(CLAIMS, name, `to say ${reason}`, (claim) => conditionOf(claim, 'Ready')?.reason === reason);
  }

  /** Waits until all claims are Ready; resolves to them. One request looks at all. */
  public allReady(count: number): Promise<readonly SandboxClaim[]> {
    let last: readonly SandboxClaim[] = [];
    const probe = async () => {
      last = await this.scene.list(CLAIMS);
      return last.length === count && last.every(isReady) ? last : undefined;
    };
    return until(`${count} claims to be Ready`, probe, TIMEOUT_MS).catch((error: unknown) => {
      const unready = last.filter((claim) => !isReady(claim));
      throw new Error(
        `${String(error)}; of ${last.length} these are not: ${JSON.stringify(unready.slice(0, 5).map(({ metadata, status }) => [metadata.name, metadata.annotations, status]))}`,
      );
    });
  }

  /** Names of the members of a pool that are not being deleted. */
  public async members(pool: string): Promise<readonly string[]> {
    const owner = await this.scene.find(WARM_POOLS, pool);
    const sandboxes = await this.scene.list(SANDBOXES);
    return sandboxes.filter((each) => !each.metadata.deletionTimestamp && isControlledBy(each, owner)).map(({ metadata }) => metadata.name);
  }

  /** The Sandboxes that a claim owns. */
  public async sandboxesOf(claim: SandboxClaim): Promise<readonly Sandbox[]> {
    return (await this.scene.list(SANDBOXES)).filter((each) => isControlledBy(each, claim));
  }

  /**
   * Waits until every claim owns exactly the Sandbox that its status names, with one Pod of its own, and nothing is there that nobody owns: invariants I1,
   * I2, I3 and I8 of spec 08.
   */
  public async expectSound(): Promise<void> {
    let flaws: readonly string[] = [];
    const probe = async () => {
      flaws = await this.flaws();
      return flaws.length === 0 ? true : undefined;
    };
    await until('claims and Sandboxes to be sound', probe, TIMEOUT_MS).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${flaws.slice(0, 10).join('; ')}`);
    });
  }

  private async flaws(): Promise<readonly string[]> {
    const [claims, sandboxes, pods, pools] = await Promise.all([
      ...([this.scene.list(CLAIMS), this.scene.list(SANDBOXES), this.scene.list(PODS), this.scene.list(WARM_POOLS)] as const),
    ]);
    const alive = new Set([...claims, ...pools, ...sandboxes].map(({ metadata }) => metadata.uid));
    const ownerOf = (object: KubeObject): string => findControllerOf(object)?.uid ?? 'nobody';
    const owned = (uid: string): readonly Sandbox[] => sandboxes.filter((sandbox) => ownerOf(sandbox) === uid);
    return [
      ...[...sandboxes, ...pods]
        .filter((object) => !alive.has(ownerOf(object)))
        .map(({ kind, metadata }) => `${kind} ${metadata.name} belongs to nobody alive`),
      ...sandboxes
        .map(({ metadata }) => [metadata.name, pods.filter((pod) => ownerOf(pod) === metadata.uid).length] as const)
        .filter(([, count]) => count !== 1)
        .map(([name, count]) => `Sandbox ${name} has ${count} Pods`),
      ...claims.flatMap(({ metadata: { name, uid }, status }) => {
        const names = owned(uid).map((sandbox) => sandbox.metadata.name);
        return names.length === 1 && names[0] === status?.sandbox?.name ? [] : [`claim ${name} names ${status?.sandbox?.name} and owns ${names.join()}`];
      }),
    ];
  }
}

const POD_SPEC = { containers: [{ name: 'main', image: 'i' }] };

export const isReady = (claim: SandboxClaim): boolean => conditionOf(claim, 'Ready')?.status === 'True';

const isControlledBy = (object: KubeObject, owner: KubeObject | undefined): boolean =>
  owner !== undefined && findControllerOf(object)?.uid === owner.metadata.uid;
