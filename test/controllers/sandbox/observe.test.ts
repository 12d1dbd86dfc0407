import { observe, type Caches } from '../../../src/controllers/sandbox/observe';
import type { Pod, Sandbox } from '../../../src/controllers/shared/objects';
import { isOwnedBy } from '../../../src/controllers/shared/ownership';
import { pod, sandbox, seen, settings, volumeClaim } from './world';

const KEY = { namespace: 'team', name: 'alice' };
const EARLIER = '2026-11-24T10:59:59Z';

const named = (name: string, more: object = {}): Sandbox => sandbox({}, { metadata: { name, uid: `${name}-uid`, ...more } });
const podOf = ({ metadata: { name, uid } }: Sandbox): Pod =>
  pod({}, { name, ownerReferences: [{ apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', name, uid, controller: true }] });

const cachesOf = (sandboxes: readonly Sandbox[], pods: readonly Pod[] = []): Caches => ({
  // Every name has the same hash here.
  sandboxes: { find: ({ name }) => sandboxes.find(({ metadata }) => metadata.name === name), byNameHash: () => sandboxes },
  pods: { find: ({ name }) => pods.find(({ metadata }) => metadata.name === name), ownedBy: (owner) => pods.filter((one) => isOwnedBy(one, owner)) },
  services: { find: () => undefined },
  volumeClaims: { find: ({ name }) => (name === 'data-alice' ? volumeClaim(name) : undefined) },
});

const look = (caches: Caches, traceContext?: string) =>
  observe(KEY, seen(), { caches, settings, surroundings: { traceContext: () => traceContext, isUrgent: () => false } });

test.each<[string, Caches, string | undefined]>([
  ['an older one of the same hash stands before it', cachesOf([named('alice'), named('bob', { creationTimestamp: EARLIER })]), 'bob'],
  ['a younger one does not', cachesOf([named('alice', { creationTimestamp: EARLIER }), named('aaron')]), undefined],
  ['one that is being deleted does not', cachesOf([named('alice'), named('bob', { creationTimestamp: EARLIER, deletionTimestamp: 'x' })]), undefined],
  ['of the same second the name that goes before stands before it', cachesOf([named('alice'), named('aaron')]), 'aaron'],
  ['and the one that comes after does not', cachesOf([named('alice'), named('bob')]), undefined],
  ['but one that has a Pod already was first', cachesOf([named('alice'), named('bob')], [podOf(named('bob'))]), 'bob'],
  ['unless it has one itself', cachesOf([named('alice'), named('bob')], [named('alice'), named('bob')].map(podOf)), undefined],
  ['and nobody pushes in before one that has a Pod', cachesOf([named('alice'), named('aaron')], [podOf(named('alice'))]), undefined],
])('%s', (_, caches, rival) => {
  expect(look(caches)?.rival?.metadata.name).toBe(rival);
});

test.each<[string, Sandbox]>([
  ['gone', named('bob')],
  ['being deleted', named('alice', { deletionTimestamp: 'x' })],
])('there is nothing to decide about a Sandbox that is %s', (_, stored) => {
  expect(look(cachesOf([stored]))).toBeUndefined();
});

test('the Pod is looked up by owner and by the name that the legacy annotation gives, claims by the names of their templates', () => {
  const alice = sandbox(
    { volumeClaimTemplates: ['data', 'logs'].map((name) => ({ metadata: { name }, spec: {} })) },
    { metadata: { uid: 'alice-uid', annotations: { 'agents.x-k8s.io/pod-name': 'old' } } },
  );
  const observed = look(cachesOf([alice], [pod({}, { name: 'old', ownerReferences: [] }), podOf(alice)]));
  expect([observed?.namedPod?.metadata.name, observed?.ownedPods.map(({ metadata }) => metadata.name)]).toEqual(['old', ['alice']]);
  expect([...(observed?.volumeClaims.keys() ?? [])]).toEqual(['data-alice']);
});

test.each<[string, object, string | undefined, string | undefined]>([
  ['is due on a bare Sandbox', {}, 'now', 'now'],
  ['is there already', { annotations: { 'opentelemetry.io/trace-context': 'before' } }, 'now', undefined],
  ['is not for one that somebody controls', { ownerReferences: [{ ...podOf(named('bob')).metadata.ownerReferences?.[0] }] }, 'now', undefined],
  ['is off', {}, undefined, undefined],
])('the trace context %s', (_, metadata, now, missing) => {
  expect(look(cachesOf([named('alice', metadata)]), now)?.missingTraceContext).toBe(missing);
});
