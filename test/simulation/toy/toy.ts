import type { Clock } from '../../../src/runtime/clock';
import { findControllerOf, keyOf, keyText, type Key, type KubeObject, type Resource } from '../../../src/runtime/object';
import type { ApiRequest, Reply, Transport } from '../../../src/runtime/transport';
import { same, type JsonObject } from '../api/json';
import { PODS, SANDBOXES } from '../api/resource-types';
import { listOf, partOf, type Stored } from '../api/stored';
import type { Program } from '../network/process';
import { Mirror } from './mirror';

/** Ways in which the toy can be wrong, each of which the simulation has to find. */
export const MISTAKES = [
  ...['deletesByName', 'trustsNames', 'writesAlways', 'takesUnknownForFailure', 'takesUnknownForSuccess', 'ownsLater', 'changesSpec'],
  ...['adoptsEverything', 'publishesEarly', 'givesUp', 'hasNoWatchdog', 'forgetsDeletions', 'trustsAnswers', 'ignoresVersions'],
] as const;

export type Mistakes = Readonly<Partial<Record<(typeof MISTAKES)[number], boolean>>>;

const RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;

/**
 * A controller as small as one can be that still deserves the name: one Pod for each running Sandbox, none for a suspended one, and the
 * Pod's addresses in the status. The simulation proves itself on it and on its mistakes.
 */
export const toy =
  (mistakes: Mistakes = {}): Program =>
  ({ clock, transport }) =>
    new Toy(clock, transport, mistakes).start();

class Toy {
  private readonly sandboxes: Mirror;
  private readonly pods: Mirror;
  private readonly busy = new Set<string>();
  private readonly again = new Set<string>();
  private readonly failures = new Map<string, number>();
  private readonly unknown = new Map<string, ApiRequest>();

  constructor(
    private readonly clock: Clock,
    private readonly transport: Transport,
    private readonly mistakes: Mistakes,
  ) {
    this.sandboxes = new Mirror(clock, transport, SANDBOXES, (object) => this.wake(keyOf(object)), mistakes);
    this.pods = new Mirror(
      clock,
      transport,
      PODS,
      (object) => {
        const owner = findControllerOf(object);
        this.wake(keyOf(object));
        if (owner) this.wake({ namespace: object.metadata.namespace ?? '', name: owner.name });
      },
      mistakes,
    );
  }

  public start(): void {
    this.sandboxes.start();
    this.pods.start();
  }

  private wake(key: Key): void {
    const place = keyText(key);
    if (this.busy.has(place)) this.again.add(place);
    else {
      this.busy.add(place);
      void this.work(key);
    }
  }

  private async work(key: Key): Promise<void> {
    const place = keyText(key);
    this.again.delete(place);
    const isDone = await this.pass(key);
    this.busy.delete(place);
    const failures = isDone ? 0 : (this.failures.get(place) ?? 0) + 1;
    this.failures.set(place, failures);
    if (this.again.has(place)) this.wake(key);
    else if (!isDone && !this.mistakes.givesUp) this.clock.after(Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** failures), () => this.wake(key));
  }

  /** One look at one Sandbox. Says whether everything is as it should be, as far as can be known. */
  private async pass(key: Key): Promise<boolean> {
    if (!this.sandboxes.isFilled || !this.pods.isFilled) return false;
    if (!(await this.resolve(key))) return false;
    const sandbox = this.sandboxes.find(key) as Stored | undefined;
    if (!sandbox || sandbox.metadata.deletionTimestamp !== undefined) return true;
    const isSuspended = partOf(sandbox, 'spec').operatingMode === 'Suspended';
    const pod = this.podOf(sandbox);
    const isDone = isSuspended ? await this.suspend(pod) : await this.run(sandbox, pod);
    return (await this.publish(sandbox)) && isDone;
  }

  private podOf(sandbox: KubeObject): KubeObject | undefined {
    if (this.mistakes.trustsNames) return this.pods.find(keyOf(sandbox));
    return this.pods.all().find((pod) => findControllerOf(pod)?.uid === sandbox.metadata.uid);
  }

  private async suspend(pod: KubeObject | undefined): Promise<boolean> {
    if (!pod || pod.metadata.deletionTimestamp !== undefined) return true;
    const options = this.mistakes.deletesByName ? {} : { preconditions: { uid: pod.metadata.uid } };
    const reply = await this.write({ verb: 'delete', resource: PODS, ...keyOf(pod), body: options });
    return reply.answered && (reply.status === 200 || reply.status === 404);
  }

  private async run(sandbox: Stored, pod: KubeObject | undefined): Promise<boolean> {
    if (pod) return true;
    const key = keyOf(sandbox);
    const { kind, apiVersion, metadata } = sandbox;
    const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true }];
    const other = this.pods.find(key);
    if (other) {
      if (!this.mistakes.adoptsEverything) return false;
      return ok(await this.write({ verb: 'patch', resource: PODS, ...key, body: { metadata: { ownerReferences } } }));
    }
    const template = partOf(partOf(sandbox, 'spec'), 'podTemplate');
    const body = { metadata: { name: key.name, ...(!this.mistakes.ownsLater && { ownerReferences }) }, spec: template.spec };
    const reply = await this.write({ verb: 'create', resource: PODS, namespace: key.namespace, body });
    if (this.mistakes.ownsLater) await this.write({ verb: 'patch', resource: PODS, ...key, body: { metadata: { ownerReferences } } });
    if (reply.answered && reply.status === 409) return this.look(PODS, key);
    return ok(reply);
  }

  private async publish(sandbox: Stored): Promise<boolean> {
    const status = this.statusOf(sandbox);
    const stored = (this.sandboxes.find(keyOf(sandbox)) as Stored | undefined) ?? sandbox;
    const isSame = same(without(partOf(stored, 'status')), without(status));
    if (isSame && !this.mistakes.writesAlways) return true;
    const { uid, resourceVersion } = sandbox.metadata;
    if (this.mistakes.changesSpec) {
      await this.write({ verb: 'patch', resource: SANDBOXES, ...keyOf(sandbox), body: { metadata: { uid }, spec: { service: true } } });
    }
    const version = this.mistakes.ignoresVersions ? {} : { resourceVersion };
    const body = { metadata: { uid, ...version }, status: { ...status, podIPs: status.podIPs ?? null } };
    const reply = await this.write({ verb: 'patch', resource: SANDBOXES, ...keyOf(sandbox), subresource: 'status', body });
    // What is stored now is looked at before the next try.
    if (reply.answered && reply.status === 409) await this.look(SANDBOXES, keyOf(sandbox));
    return ok(reply) || (reply.answered && reply.status === 404);
  }

  private statusOf(sandbox: Stored): JsonObject {
    const pod = this.podOf(sandbox) as Stored | undefined;
    const status = pod ? partOf(pod, 'status') : {};
    const podIPs = listOf(status, 'podIPs').map(({ ip }) => ip);
    const isReady = listOf(status, 'conditions').some(({ type, status: is }) => type === 'Ready' && is === 'True');
    const isServing = pod?.metadata.deletionTimestamp === undefined && isReady && podIPs.length > 0;
    const ready = {
      ...{ type: 'Ready', status: isServing || this.mistakes.publishesEarly ? 'True' : 'False', reason: isServing ? 'Serving' : 'NotServing', message: '' },
      ...{ observedGeneration: sandbox.metadata.generation, lastTransitionTime: new Date(this.clock.nowMs()).toISOString() },
    };
    return { conditions: [ready], ...(podIPs.length > 0 && { podIPs }) };
  }

  /** Sends a write. What its answer shows is in the mirror at once; what has no answer is remembered until it is looked at. */
  private async write(request: ApiRequest): Promise<Reply> {
    const mirror = this.mirrorOf(request.resource);
    const key = keyIn(request);
    const mark = mirror.mark(key);
    const reply = await this.transport.send(request, { traffic: 'bulk', deadlineMs: 30_000 });
    const isUnknown = !reply.answered || (reply.status >= 500 && reply.retryAfterMs === undefined);
    if (isUnknown && this.mistakes.takesUnknownForSuccess) return { answered: true, status: 200, body: {} };
    if (isUnknown && !this.mistakes.takesUnknownForFailure) this.unknown.set(placeOf(request), request);
    if (reply.answered && reply.status < 300 && request.verb !== 'delete') mirror.take(key, reply.body as KubeObject, mark);
    return reply;
  }

  /** Looks at everything about this key whose outcome is unknown. */
  private async resolve(key: Key): Promise<boolean> {
    for (const [place, request] of this.unknown) {
      if (keyText(keyIn(request)) !== keyText(key)) continue;
      if (!(await this.look(request.resource, key))) return false;
      this.unknown.delete(place);
    }
    return true;
  }

  private mirrorOf(resource: Resource): Mirror {
    return resource === PODS ? this.pods : this.sandboxes;
  }

  private async look(resource: Resource, key: Key): Promise<boolean> {
    const mirror = this.mirrorOf(resource);
    const mark = mirror.mark(key);
    const reply = await this.transport.send({ verb: 'get', resource, ...key }, { traffic: 'bulk', deadlineMs: 30_000 });
    if (!reply.answered || (reply.status !== 200 && reply.status !== 404)) return false;
    mirror.take(key, reply.status === 200 ? (reply.body as KubeObject) : undefined, mark);
    return true;
  }
}

const ok = (reply: Reply): boolean => reply.answered && reply.status < 300;
const keyIn = ({ namespace, name, body }: ApiRequest): Key => ({ namespace, name: name ?? (body as Stored).metadata.name });
const placeOf = (request: ApiRequest): string => `${request.resource.plural} ${keyText(keyIn(request))}`;

/** A status without its times. */
const without = (status: JsonObject): unknown => ({
  ...status,
  conditions: listOf(status, 'conditions').map((condition) => ({ ...condition, lastTransitionTime: undefined })),
});
