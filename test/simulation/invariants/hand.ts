import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import type { ApiRequest, Reply } from '../../../src/runtime/transport';
import { CLAIMS, POOLS, SANDBOXES, TEMPLATES, type ResourceType } from '../api/resource-types';
import type { Stored } from '../api/stored';
import type { RequestFault } from '../network/faults';
import { NAMESPACE, World } from '../world';
import type { InvariantOf } from './invariant';

/** Writes by hand under the eyes of an invariant: some as people do, some as a controller that is to be caught. */
export class Hand {
  public readonly world = new World(1);
  private readonly transport = this.world.network.connect(this.world.start('controller', () => undefined));
  private next: RequestFault | undefined;

  /** Runs a script and answers what the invariant found first, on the way or at the end. */
  public static async faultOf(invariantOf: InvariantOf, script: (hand: Hand) => Promise<void>): Promise<string | undefined> {
    const hand = new Hand();
    hand.world.weather.isCalm = true;
    const { network } = hand.world;
    const invariant = invariantOf(hand.world);
    const found: string[] = [];
    const note = (fault: string | undefined): void => void (fault !== undefined && found.push(fault));
    network.onSent = (sent) => note(invariant.sent?.(sent));
    network.onLanded = (landed) => note(invariant.landed?.(landed));
    network.onSettled = (settled) => note(invariant.settled?.(settled));
    network.rules.push(() => hand.next);
    await script(hand);
    note(invariant.atRest?.());
    return found[0];
  }

  public find(type: ResourceType, name: string): Stored | undefined {
    return this.world.model.store.find(type, { namespace: NAMESPACE, name });
  }

  public get(type: ResourceType, name: string): Stored {
    const object = this.find(type, name);
    if (!object) throw new Error(`there is no ${type.kind} ${name}`);
    return object;
  }

  /** Somebody who is not watched creates an object. Answers its UID. */
  public create(type: ResourceType, name: string, spec: object, metadata: object = {}): string {
    const body = { apiVersion: type.apiVersion, kind: type.kind, metadata: { ...metadata, name }, spec };
    const { status, body: answer } = this.world.model.handle({ verb: 'create', resource: type, namespace: NAMESPACE, body }, 'user');
    if (status !== 201) throw new Error(JSON.stringify(answer));
    return (answer as Stored).metadata.uid; // 201 is answered with the object.
  }

  /** Somebody who is not watched changes or deletes an object. */
  public user(request: Pick<ApiRequest, 'verb' | 'resource' | 'name' | 'body' | 'subresource'>): void {
    const { status, body } = this.world.model.handle({ ...request, namespace: NAMESPACE }, 'user');
    if (status >= 300) throw new Error(JSON.stringify(body));
  }

  /** The controller sends a request and waits for its end. */
  public async send(request: Pick<ApiRequest, 'verb' | 'resource' | 'name' | 'body' | 'subresource'>, fault?: RequestFault): Promise<void> {
    let end: Reply | undefined;
    this.next = fault;
    void this.transport.send({ ...request, namespace: NAMESPACE }, { traffic: 'claim', deadlineMs: 1000 }).then((reply) => (end = reply));
    this.next = undefined;
    await this.world.until(() => end !== undefined, 10_000);
    if (fault === undefined && end?.answered && end.status >= 300 && end.status !== 409) throw new Error(JSON.stringify(end.body));
  }

  /** A template, a pool of it, and members of the pool. */
  public pool(replicas: number, members: readonly string[] = []): void {
    this.create(TEMPLATES, 't', BLUEPRINT);
    this.create(POOLS, 'p', { replicas, sandboxTemplateRef: { name: 't' } });
    for (const name of members) this.create(SANDBOXES, name, BLUEPRINT, this.memberMetadata());
  }

  public memberMetadata(): object {
    const labels = { [LABELS.warmPool]: nameHash('p'), [LABELS.templateRefHash]: nameHash('t'), [LABELS.launchType]: 'warm' };
    return { labels, ownerReferences: [this.ownerOf(POOLS, 'p')] };
  }

  public ownerOf(type: ResourceType, name: string): object {
    const { metadata } = this.get(type, name);
    return { apiVersion: type.apiVersion, kind: type.kind, name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
  }

  /** The transfer of a member to a claim, as the protocol wants it (spec 08 §4.3, A). */
  public transfer(member: string, claim: string): { readonly verb: 'patch'; readonly resource: ResourceType; readonly name: string; readonly body: object } {
    const { resourceVersion } = this.get(SANDBOXES, member).metadata;
    const labels = { [LABELS.warmPool]: null, [LABELS.claimUid]: this.get(CLAIMS, claim).metadata.uid };
    return {
      verb: 'patch',
      resource: SANDBOXES,
      name: member,
      body: { metadata: { resourceVersion, labels, ownerReferences: [this.ownerOf(CLAIMS, claim)] } },
    };
  }

  /** A status of a claim that names a Sandbox and says that it is ready (spec 08 §4.4, C). */
  public publish(claim: string, name: string | undefined, podIPs: readonly string[] = ['10.0.0.1']) {
    const lastTransitionTime = '2026-01-01T00:00:00Z';
    const ready = {
      type: 'Ready',
      status: name === undefined ? 'False' : 'True',
      reason: 'DependenciesReady',
      message: '',
      lastTransitionTime,
      observedGeneration: 1,
    };
    const body = { status: { conditions: [ready], sandbox: name === undefined ? null : { name, podIPs: podIPs.length > 0 ? podIPs : null } } };
    return { verb: 'patch', resource: CLAIMS, name: claim, subresource: 'status', body } as const;
  }

  /** The Sandbox says that it is ready at an address. */
  public serve(sandbox: string, ...podIPs: readonly string[]): void {
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'DependenciesReady',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      observedGeneration: 1,
    };
    this.user({ verb: 'patch', resource: SANDBOXES, name: sandbox, subresource: 'status', body: { status: { conditions: [ready], podIPs } } });
  }

  /** The claim's record of its Sandbox and of when it was first seen (spec 08 §4.3, B). */
  public record(claim: string, sandbox: string) {
    const annotations = { [ANNOTATIONS.sandboxName]: sandbox, [ANNOTATIONS.firstObservedAt]: '2026-01-01T00:00:00.001Z' };
    return { verb: 'patch', resource: CLAIMS, name: claim, body: { metadata: { annotations } } } as const;
  }
}

export const BLUEPRINT = { podTemplate: { metadata: {}, spec: { containers: [{ name: 'main', image: 'i' }] } } };

export const OF_P = { warmPoolRef: { name: 'p' } };

export type Script = (hand: Hand) => Promise<void>;

/** A pool with members m and n, and two claims. */
export function scene(hand: Hand): void {
  hand.pool(2, ['m', 'n']);
  for (const claim of ['a', 'b']) hand.create(CLAIMS, claim, OF_P);
}

/** Claim a is bound to member m as the protocol wants it. */
export async function bind(hand: Hand): Promise<void> {
  scene(hand);
  hand.serve('m', '10.0.0.1');
  await hand.send(hand.transfer('m', 'a'));
  await hand.send(hand.record('a', 'm'));
  await hand.send(hand.publish('a', 'm'));
}
