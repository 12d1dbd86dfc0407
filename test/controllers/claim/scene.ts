import { ALLOWED_LABEL_DOMAINS } from '../../../src/api/additional-metadata';
import { FirstReady } from '../../../src/controllers/claim/first-ready';
import { FirstSeen } from '../../../src/controllers/claim/first-seen';
import { observe, type Memory, type Settings, type Sources } from '../../../src/controllers/claim/observe';
import { plan } from '../../../src/controllers/claim/plan';
import type { Sandbox, SandboxClaim, SandboxTemplate, SandboxWarmPool } from '../../../src/controllers/shared/objects';
import type { Protection } from '../../../src/controllers/shared/protection';
import { findControllerOf, type Key, type KubeObject } from '../../../src/runtime/object';
import type { Action, EventDraft, Failure, Plan } from '../../../src/runtime/plan';
import { VirtualClock } from '../../support/virtual-clock';
import { claim, pool, template } from './world';

export const settings: Settings = {
  createdByValues: [],
  labelDomains: ALLOWED_LABEL_DOMAINS,
  warmCandidateGraceMs: 2000,
  emptyPoolWaitMs: 0,
  isAdoptionLean: true,
  isPodNameWritten: false,
  areEventsDisabled: false,
  areTimesDisabled: false,
  isFirstReadyWritten: false,
  transitionalStatusWindowMs: 0,
};

/** Whether something went wrong with a write of that step, and how; undefined when it did not. */
type Fault = (action: Action, scene: Scene) => Partial<Failure> | 'conflict' | undefined;

/** What one pass did. */
export interface Pass {
  /** One text for each round that wrote, in which writes of the same time are joined by `‖`. */
  readonly trips: readonly string[];
  readonly events: readonly string[];
  readonly last: Plan<Memory> | undefined;
  readonly rules: readonly string[];
}

const NAMES: Readonly<Record<string, string>> = { Sandbox: 'Sandbox', SandboxClaim: 'claim', SandboxTemplate: 'template', SandboxWarmPool: 'pool' };

/** The claim `alice` and what it may get, as stored and as cached: passes over it do to the objects what an API server would. */
export class Scene {
  public readonly clock = new VirtualClock();
  public readonly objects = new Map<string, KubeObject>();
  /** What is stored and the cache has not heard of. */
  public readonly unheard = new Set<string>();
  public readonly firstSeen = new FirstSeen(this.clock);
  public readonly firstReady = new FirstReady({ isDeciding: () => true, nowMs: () => this.clock.nowMs() });
  public settings = settings;
  public traceContext: string | undefined;
  public protection: Protection = { is: 'settled' };
  public fault: Fault = () => undefined;
  /** Claims by the member that they were promised. */
  public readonly promised = new Map<string, string>();
  public memory: Memory | undefined;
  public trouble = { passes: 0, forMs: 0 };
  private versions = 0;

  constructor(...objects: readonly KubeObject[]) {
    this.put(claim(), pool(), template(), ...objects);
  }

  /** Stores objects, each by kind and name. */
  public put(...objects: readonly KubeObject[]): this {
    for (const object of objects)
      this.objects.set(this.nameOf(object), { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.versions) } });
    return this;
  }

  public remove(...names: readonly string[]): this {
    for (const name of names) this.objects.delete(name);
    return this;
  }

  // What stands under a kind's name is of the kind.
  public get claim(): SandboxClaim {
    return this.objects.get('claim alice') as SandboxClaim;
  }

  public sandbox(name: string): Sandbox | undefined {
    return this.objects.get(`Sandbox ${name}`) as Sandbox | undefined;
  }

  public get status(): string {
    const ready = this.claim.status?.conditions?.find(({ type }) => type === 'Ready');
    return ready ? `${ready.reason}: ${ready.message}` : '';
  }

  /** A pass over the claim: rounds of observe, plan and apply until nothing is asked for. */
  public pass(): Pass {
    const [trips, events, rules, failures]: [string[], string[], string[], Failure[]] = [[], [], [], []];
    for (let round = 0; round < 20; round++) {
      const circumstances = { nowMs: this.clock.nowMs(), monotonicMs: this.clock.monotonicMs(), failures, trouble: this.trouble, memory: this.memory };
      const observed = observe({ namespace: 'team', name: 'alice' }, circumstances, this.sources);
      if (!observed) return { trips, events, rules, last: undefined };
      const decided = plan(observed);
      this.memory = decided.memory ?? this.memory;
      if (decided.by !== undefined) rules.push(decided.by);
      if (decided.actions.length === 0) {
        this.trouble = decided.isFailed ? { ...this.trouble, passes: this.trouble.passes + 1 } : { passes: 0, forMs: 0 };
        return { trips, events, rules, last: decided };
      }
      const done = decided.actions.map((group) => ('do' in group ? [group] : group).map((action) => this.apply(action, failures, events)).join(' ‖ '));
      trips.push(done.join(', '));
    }
    throw new Error(`the pass does not end: ${rules.join(', ')}`);
  }

  /** The actions of a plan over the claim as it is now. */
  public get actions(): readonly Action[] {
    const circumstances = { nowMs: this.clock.nowMs(), monotonicMs: this.clock.monotonicMs(), failures: [], trouble: this.trouble, memory: this.memory };
    const observed = observe({ namespace: 'team', name: 'alice' }, circumstances, this.sources);
    return observed ? plan(observed).actions.flat() : [];
  }

  private apply(action: Action, failures: Failure[], events: string[]): string {
    const name = `${NAMES[action.resource.kind] ?? action.resource.kind} ${action.key.name}`;
    const what = `${{ read: 'GET', create: 'POST', patch: 'PATCH', delete: 'DELETE' }[action.do]} ${name}${action.do === 'patch' && action.subresource ? ' status' : ''}`;
    const fault = this.fault(action, this);
    if (action.do === 'read') this.unheard.delete(name);
    if (fault === 'conflict') return `${what} (conflict)`;
    if (fault) {
      failures.push({ step: action.step, message: `${'failure' in action ? (action.failure ?? '') : ''}no`, isPermanent: false, ...fault });
      return `${what} (refused)`;
    }
    if (action.do === 'read' || !this.write(action, name)) return action.do === 'read' ? what : `${what} (conflict)`;
    events.push(...(action.events ?? []).map(({ reason, note }: EventDraft) => `${reason}: ${note}`));
    return what;
  }

  /** Stores what a write asks for, unless what it relies on has changed. */
  private write(action: Exclude<Action, { do: 'read' }>, name: string): boolean {
    const stored = this.objects.get(name);
    if (action.do === 'create') {
      this.unheard.delete(name);
      if (stored) return false;
      // A desired object becomes one with what the server adds.
      const made = action.object as KubeObject;
      const metadata = { ...made.metadata, uid: `${action.key.name}-made`, generation: 1, creationTimestamp: new Date(this.clock.nowMs()).toISOString() };
      this.objects.set(name, { ...made, metadata: { ...metadata, resourceVersion: String(++this.versions) } });
      return true;
    }
    const isCurrent = stored?.metadata.uid === action.uid && (action.ifVersion === undefined || action.ifVersion === stored.metadata.resourceVersion);
    if (!stored || !isCurrent) return false;
    if (action.do === 'patch') this.put({ ...(merged(stored, action.patch) as KubeObject) });
    else if (!stored.metadata.finalizers) this.objects.delete(name);
    else this.put({ ...stored, metadata: { ...stored.metadata, deletionTimestamp: new Date(this.clock.nowMs()).toISOString() } });
    return true;
  }

  private nameOf(object: KubeObject & { readonly spec?: object }): string {
    const { name } = object.metadata;
    const spec = object.spec ?? {};
    return 'warmPoolRef' in spec
      ? `claim ${name}`
      : 'sandboxTemplateRef' in spec
        ? `pool ${name}`
        : name === 'python' || name === 'other'
          ? `template ${name}`
          : `Sandbox ${name}`;
  }

  private get sources(): Sources {
    const find =
      <T>(kind: string) =>
      ({ name }: Key): T | undefined =>
        // What stands under a kind's name is of the kind.
        this.unheard.has(`${kind} ${name}`) ? undefined : (this.objects.get(`${kind} ${name}`) as T | undefined);
    return {
      claims: { find: find<SandboxClaim>('claim') },
      pools: { find: find<SandboxWarmPool>('pool') },
      templates: { find: find<SandboxTemplate>('template') },
      sandboxes: { find: find<Sandbox>('Sandbox'), ownedBy: (uid) => this.sandboxes.filter((sandbox) => findControllerOf(sandbox)?.uid === uid) },
      members: this.members,
      protections: { protectionOf: () => this.protection },
      firstSeen: this.firstSeen,
      firstReady: this.firstReady,
      settings: this.settings,
      traceContext: () => this.traceContext,
    };
  }

  private get sandboxes(): readonly Sandbox[] {
    return [...this.objects].filter(([name]) => name.startsWith('Sandbox ') && !this.unheard.has(name)).map(([, object]) => object as Sandbox);
  }

  /** A simple allocator: the oldest member with an address, or the one that was assigned; those without an address are worth waiting for. */
  private get members(): Sources['members'] {
    return {
      offer: ({ uid }, { pool: { uid: poolUid }, waitsFor, assigned }) => {
        const ofPool = this.sandboxes.filter((each) => findControllerOf(each)?.uid === poolUid && !each.metadata.deletionTimestamp);
        const free = ofPool.filter(({ metadata: { name } }) => (this.promised.get(name) ?? uid) === uid);
        const mine = free.find(({ metadata: { name } }) => this.promised.has(name) || name === assigned);
        const best = mine ?? free.find(({ status }) => (status?.podIPs ?? []).length > 0);
        if (best) this.promised.set(best.metadata.name, uid);
        if (best) return { result: 'member', sandbox: best };
        if ((waitsFor === 'starting' && free.length > 0) || waitsFor === 'any') return { result: 'wait' };
        return { result: 'none', reason: free.length > 0 ? 'no_ip_in_time' : 'empty_pool' };
      },
      release: () => {
        for (const [name, uid] of this.promised) if (uid === this.claim?.metadata.uid || !this.claim) this.promised.delete(name);
      },
    };
  }
}

/** The merge of RFC 7386. */
export function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = Object.entries(typeof target === 'object' && target !== null ? target : {});
  const [known, changes] = [new Map(base), new Map(Object.entries(patch))];
  const kept = base.filter(([key]) => !changes.has(key));
  return Object.fromEntries([...kept, ...[...changes].filter(([, value]) => value !== null).map(([key, value]) => [key, merged(known.get(key), value)])]);
}

/** Writes as passes show them. */
export const [COLD, RECORD, STATUS] = ['POST Sandbox alice', 'PATCH claim alice', 'PATCH claim alice status'];

/** Every write of that step is refused. */
export const refusing =
  (step: string): Fault =>
  (action) =>
    action.step === step ? {} : undefined;
