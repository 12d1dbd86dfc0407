import { CLAIMS, SANDBOXES, type Sandbox, type SandboxClaim } from '../../../src/controllers/shared/objects';
import { findControllerOf } from '../../../src/runtime/object';
import { isReady } from './fleet';
import { conditionOf, type Scene } from './scene';

/** What everybody could see of claims and Sandboxes as it happened: invariants I1, I8 and I9 of spec 08 are about every moment. */
export class BindingHistory {
  /** Names of Sandboxes that each claim was told of, by UID of the claim. */
  private readonly told = new Map<string, Set<string>>();
  /** UIDs of the claims that have owned each Sandbox, by its UID. */
  private readonly owners = new Map<string, Set<string>>();
  private readonly names = new Map<string, string>();
  /** UIDs of claims that may lose their Sandbox: they are gone, or have expired. */
  private readonly over = new Set<string>();
  /** Sandboxes that are gone, each with the UID of the claim that had been told of it. */
  private readonly taken: { readonly name: string; readonly claim: string }[] = [];
  private readonly halfTold: string[] = [];
  private readonly stops: readonly (() => void)[];

  constructor(scene: Scene) {
    this.stops = [scene.watch(CLAIMS, (type, claim) => this.seeClaim(type, claim)), scene.watch(SANDBOXES, (type, sandbox) => this.seeSandbox(type, sandbox))];
  }

  public stop(): void {
    for (const stop of this.stops) stop();
  }

  /** Sandboxes that claims have lost which are still there. */
  public get lost(): readonly string[] {
    // The two watches do not wait for each other, so it is judged late.
    return this.taken.filter(({ claim }) => !this.over.has(claim)).map(({ name }) => name);
  }

  /** What was wrong at any moment. */
  public get flaws(): readonly string[] {
    const claimsOf = new Map<string, string[]>();
    for (const [claim, sandboxes] of this.told) for (const name of sandboxes) claimsOf.set(name, [...(claimsOf.get(name) ?? []), claim]);
    const many = (uids: Iterable<string>): string => [...uids].map((uid) => this.names.get(uid) ?? uid).join(', ');
    return [
      ...[...this.owners].filter(([, uids]) => uids.size > 1).map(([uid, uids]) => `Sandbox ${this.names.get(uid)} was owned by ${many(uids)}`),
      ...[...claimsOf].filter(([, uids]) => uids.length > 1).map(([name, uids]) => `Sandbox ${name} was told to ${many(uids)}`),
      ...[...this.told]
        .filter(([, sandboxes]) => sandboxes.size > 1)
        .map(([uid, sandboxes]) => `claim ${this.names.get(uid)} was told of ${[...sandboxes].join(', ')}`),
      ...this.halfTold,
    ];
  }

  private seeClaim(type: string, claim: SandboxClaim): void {
    const { uid, name } = claim.metadata;
    this.names.set(uid, name);
    if (type === 'DELETED' || conditionOf(claim, 'Ready')?.reason === 'ClaimExpired') this.over.add(uid);
    const { sandbox } = claim.status ?? {};
    if (sandbox?.name !== undefined) add(this.told, uid, sandbox.name);
    if (isReady(claim) && (sandbox?.name === undefined || (sandbox.podIPs ?? []).length === 0))
      this.halfTold.push(`claim ${name} was Ready without an address`);
  }

  private seeSandbox(type: string, sandbox: Sandbox): void {
    const { uid, name } = sandbox.metadata;
    this.names.set(uid, name);
    const owner = findControllerOf(sandbox);
    if (owner?.kind !== CLAIMS.kind) return;
    add(this.owners, uid, owner.uid);
    if (type === 'DELETED' && this.told.get(owner.uid)?.has(name) === true) this.taken.push({ name, claim: owner.uid });
  }
}

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  sets.set(key, (sets.get(key) ?? new Set()).add(value));
}
