import type { Key, KubeObject, Resource } from './object';

/** What a Lease says about who leads, as every implementation of leader election reads and writes it. Times are RFC 3339 texts with microseconds. */
export interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export const LEASES: Resource<Lease> = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases' };

/** How long a Lease holds after its last renewal: whoever waits counts them from when they saw that renewal. */
export const LEASE_MS = 15_000;
/** The holder gives up when its last renewal began so long ago: well before anybody else may take the Lease. */
export const RENEW_DEADLINE_MS = 10_000;
/** Between two tries to take or to renew it. */
export const RETRY_MS = 2000;

/** Who wants the Lease, and the time. */
interface Applicant {
  readonly identity: string;
  readonly nowMs: number;
}

/** What to write to take the Lease, or to renew it if it is the applicant's already. */
export function claimedSpec(before: LeaseSpec | undefined, { identity, nowMs }: Applicant): LeaseSpec {
  const now = microTime(nowMs);
  const renewal = { holderIdentity: identity, leaseDurationSeconds: LEASE_MS / 1000, renewTime: now };
  if (before?.holderIdentity === identity) return renewal;
  const leaseTransitions = before ? (before.leaseTransitions ?? 0) + 1 : 0;
  return { ...renewal, acquireTime: now, leaseTransitions };
}

/** What to write to give the Lease back: nobody holds it, and whoever reads its length need not wait for it. */
export function releasedSpec(nowMs: number): LeaseSpec {
  const now = microTime(nowMs);
  return { holderIdentity: null, leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
}

/** How long the Lease holds without a renewal. */
export const leaseMsOf = (spec: LeaseSpec | undefined): number => (spec?.leaseDurationSeconds ?? LEASE_MS / 1000) * 1000;

/** RFC 3339 with six digits, the form of a MicroTime. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** The core/v1 Event by which people see changes of the leader with kubectl (spec 02 §7). */
export interface CoreEvent extends KubeObject {
  readonly reason: string;
}

export const CORE_EVENTS: Resource<CoreEvent> = { group: '', version: 'v1', kind: 'Event', plural: 'events' };

/** An Event about the Lease. */
export function leaseEvent(
  { namespace, name }: Key,
  uid: string,
  { component, nowMs, message }: { readonly component: string; readonly nowMs: number; readonly message: string },
): object {
  const time = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // As client-go: the name of the object and the time in hexadecimal nanoseconds.
    metadata: { namespace, name: `${name}.${(BigInt(Math.floor(nowMs)) * 1_000_000n).toString(16)}` },
    involvedObject: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name, uid },
    reason: 'LeaderElection',
    message,
    type: 'Normal',
    source: { component },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
