import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { Allocator } from '../../../src/controllers/members/allocator';
import { isMember, memberOf } from '../../../src/controllers/members/member';
import {
  WARM_POOLS,
  type Blueprint,
  type Condition,
  type Pod,
  type Sandbox,
  type SandboxTemplate,
  type SandboxWarmPool,
} from '../../../src/controllers/shared/objects';
import type { Protection } from '../../../src/controllers/shared/protection';
import { observe, type Memory, type Observed, type Settings, type View } from '../../../src/controllers/warm-pool/observe';
import { plan } from '../../../src/controllers/warm-pool/plan';
import { what } from '../../../src/runtime/apply';
import { findControllerOf, type ObjectMeta } from '../../../src/runtime/object';
import type { Action, EventDraft, Failure, Plan } from '../../../src/runtime/plan';

/** What becomes of a write: it is stored unless a test says otherwise. */
export type Fate = { readonly refused: string } | 'stored, unanswered' | 'lost' | undefined;

export interface Pass {
  /** Such as `POST Sandbox team/pool-bbbbb`, in the order of the groups. */
  readonly writes: readonly Action[];
  /** How many writes went out at the same time. */
  readonly groups: readonly number[];
  readonly againMs: number | undefined;
  readonly isFailed: boolean;
  /** Those that decided, in order. */
  readonly rules: readonly string[];
}

export const SETTINGS: Settings = {
  maxBatchSize: 300,
  replenishDelayMs: 0,
  maxRefillRate: 0,
  readinessGracePeriodMs: 300_000,
  unschedulableRecheckMs: 60_000,
  isWarmPoolEvictionEnabled: true,
  isAdoptionLean: true,
  refillMinFreePercent: 10,
};

// Longer than any pass has rounds.
const MOST_ROUNDS = 100;

/** One pool `pool` of the namespace `team` with its members and its template `python`, which a pass of the pool controller looks at and writes to. */
export class PoolWorld {
  public nowMs = Date.parse('2026-11-24T12:00:00Z');
  public pool: SandboxWarmPool;
  public template: SandboxTemplate | undefined;
  public settings: Settings;
  public protection: Protection = { is: 'settled' };
  public fate: (action: Action) => Fate = () => undefined;
  public readonly events: EventDraft[] = [];
  public readonly allocator = new Allocator();
  private readonly spent = new Set<string>();
  public readonly sandboxes = new Map<string, Sandbox>();
  private readonly pods = new Map<string, Pod>();
  private memory: Memory | undefined;
  private versions = 1;
  private chance = 0;

  public constructor(spec: Partial<SandboxWarmPool['spec']> = {}, settings: Partial<Settings> = {}) {
    this.settings = { ...SETTINGS, ...settings };
    this.template = this.templateOf({});
    this.pool = { metadata: { ...this.meta('pool'), generation: 1 }, spec: { replicas: 3, sandboxTemplateRef: { name: 'python' }, ...spec } };
  }

  /** The members of the pool, by name. */
  public get members(): readonly Sandbox[] {
    return [...this.sandboxes.values()].filter((sandbox) => findControllerOf(sandbox)?.uid === this.pool.metadata.uid);
  }

  public templateOf(podSpec: object, spec: Partial<SandboxTemplate['spec']> = {}, name = 'python'): SandboxTemplate {
    const blueprint: Blueprint = { podTemplate: { spec: { containers: [{ name: 'main' }], ...podSpec } } };
    return { metadata: { ...this.meta(name), generation: ++this.versions }, spec: { ...blueprint, ...spec } };
  }

  public meta(name: string, more: Partial<ObjectMeta> = {}): ObjectMeta {
    const creationTimestamp = `${new Date(this.nowMs).toISOString().slice(0, 19)}Z`;
    return { name, namespace: 'team', uid: `${name}-${++this.versions}`, resourceVersion: `${this.versions}`, creationTimestamp, ...more };
  }

  /** Edits the spec of the pool. */
  public specify(spec: Partial<SandboxWarmPool['spec']>): void {
    const { metadata } = this.pool;
    this.pool = { ...this.pool, metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 }, spec: { ...this.pool.spec, ...spec } };
  }

  /** Stores a Sandbox, in a new version. */
  public put(sandbox: Sandbox): void {
    const stored = { ...sandbox, metadata: { ...sandbox.metadata, resourceVersion: `${++this.versions}` } };
    const { name } = stored.metadata;
    const owner = findControllerOf(stored);
    this.sandboxes.set(name, stored);
    if (!owner || !isMember(stored)) this.allocator.remove(stored);
    else this.allocator.put({ uid: owner.uid, namespace: 'team', name: owner.name }, memberOf(stored, this.pods.get(name), true));
  }

  public remove(name: string): void {
    const sandbox = this.sandboxes.get(name);
    this.sandboxes.delete(name);
    this.pods.delete(name);
    if (sandbox) this.allocator.remove(sandbox);
    this.spent.add(name);
  }

  /** A Sandbox as a pool leaves it behind when it is deleted without its members. */
  public orphan(name: string, template: SandboxTemplate, labels: Readonly<Record<string, string>> = {}): void {
    const own = { [LABELS.warmPool]: nameHash('pool'), [LABELS.templateRefHash]: nameHash(template.metadata.name), ...labels };
    const spec = {
      ...template.spec.podTemplate.spec,
      automountServiceAccountToken: false,
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['8.8.8.8', '1.1.1.1'] },
    };
    this.put({ metadata: this.meta(name, { labels: own }), spec: { podTemplate: { spec } } });
  }

  /** Every member that is not yet Ready becomes so, or those of these names. */
  public becomeReady(...names: readonly string[]): void {
    for (const { metadata } of this.members) {
      if (names.length > 0 && !names.includes(metadata.name)) continue;
      this.setPod(metadata.name, { phase: 'Running' });
      this.setReady(metadata.name, 'True', 'DependenciesReady');
    }
  }

  public setReady(name: string, status: Condition['status'], reason: string): void {
    const sandbox = this.get(name);
    const ready: Condition = { type: 'Ready', status, reason, message: '', lastTransitionTime: new Date(this.nowMs).toISOString() };
    this.put({ ...sandbox, status: { conditions: [ready], ...(status === 'True' && { podIPs: ['10.0.0.1'] }) } });
  }

  public setPod(name: string, status: Pod['status'], more: Partial<ObjectMeta> = {}): void {
    this.pods.set(name, { metadata: this.meta(name, more), spec: {}, ...(status && { status }) });
    this.put(this.get(name));
  }

  /** The scheduler finds no place for the Pods of these members. */
  public cannotSchedule(reason: string, ...names: readonly string[]): void {
    for (const name of names) this.setPod(name, { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason }] });
  }

  /** A claim takes a member. */
  public claim(name: string): void {
    const { metadata, ...rest } = this.get(name);
    const labels = Object.fromEntries(Object.entries(metadata.labels ?? {}).filter(([key]) => key !== LABELS.warmPool));
    const owner = { apiVersion: 'extensions.agents.x-k8s.io/v1beta1', kind: 'SandboxClaim', name: 'claim', uid: 'claim-uid', controller: true };
    this.put({ ...rest, metadata: { ...metadata, labels, ownerReferences: [owner] } });
  }

  public get(name: string): Sandbox {
    const sandbox = this.sandboxes.get(name);
    if (!sandbox) throw new Error(`there is no Sandbox ${name}`);
    return sandbox;
  }

  /** The process begins anew. */
  public restart(): void {
    this.memory = undefined;
  }

  /** Rounds until nothing is asked for, as the kernel does them. */
  public pass(): Pass {
    const failures: Failure[] = [];
    const writes: Action[] = [];
    const groups: number[] = [];
    const rules: string[] = [];
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const observed = this.look(failures);
      const decided: Plan<Memory> = plan(observed);
      this.memory = decided.memory;
      rules.push(decided.by ?? '');
      this.events.push(...(decided.events ?? []));
      if (decided.actions.length === 0) return { writes, groups, againMs: decided.againMs, isFailed: decided.isFailed === true, rules };
      for (const group of decided.actions) {
        const actions = 'do' in group ? [group] : group;
        if (actions.length === 0) throw new Error(`an empty group of ${decided.by}`);
        groups.push(actions.length);
        for (const action of actions) {
          writes.push(action);
          this.carryOut(action, failures);
        }
      }
    }
    throw new Error('the pass does not end');
  }

  /** What a round would see now. */
  public look(failures: readonly Failure[] = []): Observed {
    const view: View = {
      pools: { find: () => this.pool },
      templates: { find: ({ name }) => (this.template?.metadata.name === name ? this.template : undefined) },
      sandboxes: {
        find: ({ name }) => this.sandboxes.get(name),
        byNameHash: (_, hash) => [...this.sandboxes.values()].filter(({ metadata }) => nameHash(metadata.name) === hash),
      },
      orphans: (_, hash) => [...this.sandboxes.values()].filter((each) => !findControllerOf(each) && each.metadata.labels?.[LABELS.warmPool] === hash),
      podOf: ({ metadata }) => this.pods.get(metadata.name),
      stock: (pool) => this.allocator.stock(pool),
      protectionOf: () => this.protection,
      isSpent: ({ name }) => this.spent.has(name),
    };
    const random = (): number => (this.chance = (this.chance * 7919 + 0.137) % 1);
    const circumstances = { nowMs: this.nowMs, monotonicMs: this.nowMs - 1e12, failures, trouble: { passes: 0, forMs: 0 }, memory: this.memory };
    const observed = observe({ namespace: 'team', name: 'pool' }, circumstances, { view, settings: this.settings, random });
    if (!observed) throw new Error('the pool is gone');
    return observed;
  }

  private carryOut(action: Action, failures: Failure[]): void {
    const fate = this.fate(action);
    if (typeof fate === 'object') failures.push({ step: action.step, message: fate.refused, isPermanent: false });
    else if (fate !== 'lost') this.store(action);
  }

  private store(action: Action): void {
    const { name } = action.key;
    if (action.resource === WARM_POOLS && action.do === 'patch') {
      this.pool = merged(this.pool, action.patch);
      return;
    }
    const found = this.sandboxes.get(name);
    if (action.do === 'create') {
      if (found) return;
      // What is created is a Sandbox; the server adds the rest of the metadata.
      const { metadata, ...rest } = action.object as Sandbox;
      return this.put({ ...rest, metadata: { ...this.meta(name), ...metadata, generation: 1 } });
    }
    if (!found || action.do === 'read') return;
    const isAsSeen = found.metadata.uid === action.uid && found.metadata.resourceVersion === action.ifVersion;
    if (!isAsSeen) return;
    if (action.do === 'patch') return this.put(merged(found, action.patch));
    const isHeld = (found.metadata.finalizers ?? []).length > 0;
    if (isHeld) this.put({ ...found, metadata: { ...found.metadata, deletionTimestamp: new Date(this.nowMs).toISOString() } });
    else this.remove(name);
  }
}

/** A JSON merge patch; the result has the type of what was patched. */
const merged = <T extends object>(value: T, patch: object): T => mergedMap(Object.fromEntries(Object.entries(value)), patch) as T;

function mergedMap(value: Readonly<Record<string, unknown>>, patch: object): Record<string, unknown> {
  const result = { ...value };
  for (const [key, member] of Object.entries(patch)) {
    const old = result[key];
    if (member === null) delete result[key];
    else result[key] = isMap(member) ? mergedMap(isMap(old) ? { ...old } : {}, member) : member;
  }
  return result;
}

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The writes of a pass, such as `POST Sandbox`; of status writes what they say. */
export const said = ({ writes }: Pass): readonly string[] =>
  writes.map((action) =>
    action.do === 'patch' && action.subresource === 'status' ? JSON.stringify(action.patch.status) : `${what(action).split(' ', 2).join(' ')}`,
  );

/** How many writes of a sort there are. */
export const countOf = (pass: Pass, verb: Action['do']): number =>
  pass.writes.filter((action) => action.do === verb && !('subresource' in action && action.subresource === 'status')).length;

export const templateNameOf = ({ metadata }: Sandbox): string | undefined => metadata.annotations?.[ANNOTATIONS.templateRef];

/** A pool that is full of Ready members. */
export function settledPool(replicas: number, spec: Partial<SandboxWarmPool['spec']> = {}, settings: Partial<Settings> = {}): PoolWorld {
  const world = new PoolWorld({ replicas, ...spec }, settings);
  world.pass();
  world.nowMs += 2000;
  world.becomeReady();
  world.pass();
  world.nowMs += 2000;
  return world;
}

export const namesOf = (world: PoolWorld): readonly string[] => world.members.map(({ metadata }) => metadata.name).sort();

/** What the events so far say happened. */
export const reasonsOf = (world: PoolWorld): readonly string[] => world.events.map(({ reason }) => reason);
