import type { Client, WriteErrand } from './client';
import { keyText, type Key, type KubeObject, type Resource } from './object';
import { causeOf, tellsWhatIsStored, type Outcome, type Rejected } from './outcome';
import type { Action, EventDraft, Failure, Purpose, Read } from './plan';
import type { TrafficClass } from './transport';

/** Where the answer to a write goes, so that the next look finds it: the cache of the resource. */
export interface WrittenThrough {
  write<O extends Outcome<KubeObject | undefined>>(key: Key, writer: string, send: () => Promise<O>): Promise<O>;
  refresh(key: Key): Promise<Outcome<KubeObject>>;
  findSettling(key: Key): Promise<void> | undefined;
}

export interface ApplyContext {
  readonly client: Client;
  readonly cacheOf: (resource: Resource) => WrittenThrough;
  /** Name of the reconciler: the changes that its writes make carry it. */
  readonly writer: string;
  readonly emit: (event: EventDraft) => void;
}

/** What a write came to, for the pass. */
export interface Applied {
  /** `stored`: as asked for. `looked`: it is not certain to be stored; what is stored now is in the cache. `failed`: see the failure. */
  readonly result: 'stored' | 'looked' | 'failed';
  readonly failure?: Failure;
  /** What the server has answered to a write that is stored, unless nothing is left. */
  readonly object?: KubeObject;
  /** The outcome was unknown before the object was read. */
  readonly wasUnknown?: true;
}

// Stock waits for claims (spec 08 §9).
const TRAFFIC: Readonly<Record<Purpose, TrafficClass>> = { claim: 'claim', sandbox: 'claim', refill: 'bulk' };

/**
 * Carries out one action: the only place that writes. An unknown outcome is settled by a read of the same object, never guessed: it is waited for here, so
 * that no pass goes on without it, and no other pass writes the object before it.
 */
export async function apply(action: Action, context: ApplyContext): Promise<Applied> {
  const cache = context.cacheOf(action.resource);
  if (action.do === 'read') return looked(action, await cache.refresh(action.key));
  const settling = cache.findSettling(action.key);
  if (settling) return settling.then(() => ({ result: 'looked' }));
  const outcome = await cache.write<Outcome<KubeObject | undefined>>(action.key, context.writer, () => send(action, context.client));
  if (outcome.result === 'ok') {
    action.events?.forEach(context.emit);
    return { result: 'stored', ...(outcome.value && { object: outcome.value }) };
  }
  // After these two the cache has read the object itself.
  if (outcome.result === 'unknown') return { result: 'looked', wasUnknown: true };
  if (outcome.status === 404 && action.do !== 'create') return { result: action.do === 'delete' ? 'stored' : 'looked' };
  if (!isContended(action, outcome)) return refused(action, outcome, context);
  const read = await cache.refresh(action.key);
  if (tellsWhatIsStored(read)) return { result: 'looked' };
  const message = `${what(action)}: ${outcome.message}; the read that was to tell why failed too: ${causeOf(read)}`;
  return { result: 'failed', failure: { ...failureOf(action, message, false), isUnread: true } };
}

const looked = (action: Action, read: Outcome<unknown>): Applied =>
  tellsWhatIsStored(read) ? { result: 'looked' } : { result: 'failed', failure: failureOf(action, `${what(action)}: ${causeOf(read)}`, false) };

/** The failure of a step whose writes have an unknown outcome again and again. */
export const failureOf = ({ step, failure = '' }: Action, message: string, isPermanent: boolean): Failure => ({
  step,
  message: failure + message,
  isPermanent,
});

/** `POST Pod team/alice`, for messages. */
export const what = (action: Action): string =>
  `${{ read: 'GET', create: 'POST', patch: 'PATCH', delete: 'DELETE' }[action.do]} ${action.resource.kind} ${keyText(action.key)}`;

function send(action: Write, client: Client): Promise<Outcome<KubeObject | undefined>> {
  const { resource, key, purpose, isUrgent = false } = action;
  const errand: WriteErrand = { purpose, traffic: TRAFFIC[purpose], isUrgent };
  switch (action.do) {
    case 'create':
      return client.create(resource, key.namespace, action.object, { ...errand, ...(action.fieldManager && { fieldManager: action.fieldManager }) });
    case 'patch':
      return action.subresource === 'status'
        ? client.patchStatus(resource, key, guarded(action), errand)
        : client.patch(resource, key, guarded(action), errand);
    case 'delete':
      return client.delete(
        resource,
        key,
        { uid: action.uid, ...(action.ifVersion && { resourceVersion: action.ifVersion }), ...(action.propagation && { propagation: action.propagation }) },
        errand,
      );
  }
}

/** The UID in the patch keeps it from an object that has been made anew under the name: the server refuses to change a UID. */
function guarded({ patch, uid, ifVersion }: Action & { readonly do: 'patch' }): object {
  const metadata = { ...(isObject(patch.metadata) ? patch.metadata : {}), uid, ...(ifVersion !== undefined && { resourceVersion: ifVersion }) };
  return { ...patch, metadata };
}

/** Somebody was faster, or the object is another one: what is stored now decides. */
function isContended(action: Write, { status, reason, causes }: Rejected): boolean {
  if (action.do === 'create') return reason === 'AlreadyExists';
  return status === 409 || (status === 422 && causes.some(({ field }) => field === 'metadata.uid'));
}

function refused(action: Write, { status, message }: Rejected, { emit }: ApplyContext): Applied {
  const event = action.failureEvent?.(message);
  if (event) emit(event);
  const failure = failureOf(action, message, status === 422);
  return { result: 'failed', failure: { ...failure, ...(status === 403 && { isForbidden: true }), ...(status === 400 && { isMalformed: true }) } };
}

type Write = Exclude<Action, Read>;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
