import { CONDITION, TERMINAL_SANDBOX_REASONS } from '../../../api/conditions';
import { findCondition } from '../../../controllers/shared/conditions';
import type { Pod, Sandbox, SandboxWarmPool } from '../../../controllers/shared/objects';
import { findControllerOf } from '../../../runtime/object';
import type { Seen } from './bindings';

/** One pool. */
export interface PoolRow {
  readonly namespace: string;
  readonly name: string;
  /** `spec.replicas`. */
  readonly desired: number;
  /** Members that no claim has taken. */
  readonly free: number;
  /** Those of them that are Ready. */
  readonly ready: number;
  /** Claims since the start that took a member, and that had a Sandbox created. */
  readonly warm: number;
  readonly cold: number;
  /** Absent before it can be known. */
  readonly claimsPerSecond?: number;
  /** Warm claims of all since the start, 0 to 1; absent before the first one. */
  readonly hitRate?: number;
}

/** What a state means for whoever looks: it needs a person, it takes its time, it works, it rests. */
export type Mood = 'bad' | 'waiting' | 'good' | 'resting';

/** One Sandbox. */
export interface SandboxRow {
  readonly namespace: string;
  readonly name: string;
  /** Ready, Suspended, Suspending, Terminating, or the reason why it is not Ready. */
  readonly state: string;
  readonly mood: Mood;
  readonly ageSeconds: number;
  /** Node of its Pod. */
  readonly node?: string;
  /** Its controller owner, `SandboxClaim/alice`. */
  readonly owner?: string;
}

/** The row of a pool. `members` are the Sandboxes that it owns. */
export function poolRow({ metadata, spec }: SandboxWarmPool, members: readonly Sandbox[], { warm, cold, claimsPerSecond }: Seen): PoolRow {
  const free = members.filter((member) => member.metadata.deletionTimestamp === undefined);
  const bound = warm + cold;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    desired: spec.replicas ?? 1,
    free: free.length,
    ready: free.filter((member) => stateOf(member).state === 'Ready').length,
    warm,
    cold,
    ...(claimsPerSecond !== undefined && { claimsPerSecond }),
    ...(bound > 0 && { hitRate: warm / bound }),
  };
}

/** The row of a Sandbox. `pod` is the one that it owns. */
export function sandboxRow(sandbox: Sandbox, pod: Pod | undefined, nowMs: number): SandboxRow {
  const { metadata } = sandbox;
  const owner = findControllerOf(sandbox);
  const node = pod?.spec.nodeName;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    ...stateOf(sandbox),
    ageSeconds: Math.max(0, Math.floor((nowMs - Date.parse(metadata.creationTimestamp)) / 1000)),
    ...(node && { node }),
    ...(owner && { owner: `${owner.kind}/${owner.name}` }),
  };
}

function stateOf({ metadata, spec, status }: Sandbox): Pick<SandboxRow, 'state' | 'mood'> {
  if (metadata.deletionTimestamp !== undefined) return { state: 'Terminating', mood: 'waiting' };
  if (findCondition(status?.conditions, CONDITION.suspended)?.status === 'True') return { state: 'Suspended', mood: 'resting' };
  const ready = findCondition(status?.conditions, CONDITION.ready);
  if (spec.operatingMode === 'Suspended') return { state: 'Suspending', mood: 'waiting' };
  if (ready?.status === 'True') return { state: 'Ready', mood: 'good' };
  const state = ready?.reason ?? 'Pending';
  return { state, mood: TERMINAL_SANDBOX_REASONS.includes(state) ? 'bad' : 'waiting' };
}

const MOODS: readonly Mood[] = ['bad', 'waiting', 'good', 'resting'];

interface Named {
  readonly namespace: string;
  readonly name: string;
}

export const byName = (a: Named, b: Named): number => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name);

/** What needs a person comes first; of the same mood the youngest. */
export const byUrgency = (a: SandboxRow, b: SandboxRow): number => MOODS.indexOf(a.mood) - MOODS.indexOf(b.mood) || a.ageSeconds - b.ageSeconds || byName(a, b);
