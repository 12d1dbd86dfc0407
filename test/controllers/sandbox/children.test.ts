import { LABELS } from '../../../src/api/keys';
import type { Observed, Settings } from '../../../src/controllers/sandbox/observe';
import { plan } from '../../../src/controllers/sandbox/plan';
import type { Texts } from '../../../src/controllers/shared/objects';
import { FOREIGN, HASH, pod, RUNNING, sandbox, seen, service, unowned, volumeClaim } from './world';
import { problemOf, writesOf } from './writes';

const settled = pod(RUNNING);
const owner = { apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', name: 'alice', uid: 'sandbox-uid', controller: true, blockOwnerDeletion: true };
const ADOPTABLE = { [LABELS.adoptable]: 'true' };
const TRACKED = { [LABELS.sandboxNameHash]: HASH };

describe('the Pod', () => {
  test('of a Sandbox that has none is created with the template, the hash and the owner, and nothing else put in', () => {
    const spec = {
      podTemplate: { metadata: { labels: { app: 'agent' }, annotations: { note: 'x' } }, spec: { containers: [{ name: 'main' }], unknown: { a: 1 } } },
    };
    expect(writesOf(seen({ sandbox: sandbox(spec) }))).toEqual([
      expect.objectContaining({
        do: 'create',
        key: { namespace: 'team', name: 'alice' },
        fieldManager: 'sandbox-controller',
        object: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name: 'alice',
            namespace: 'team',
            labels: { app: 'agent', [LABELS.sandboxNameHash]: HASH },
            annotations: { note: 'x', 'agents.x-k8s.io/propagated-labels': 'app', 'agents.x-k8s.io/propagated-annotations': 'note' },
            ownerReferences: [owner],
          },
          spec: { containers: [{ name: 'main' }], unknown: { a: 1 } },
        },
        events: [expect.objectContaining({ reason: 'SandboxPodCreated', note: 'Created Pod "alice"' })],
      }),
    ]);
  });

  test.each([
    ['takes the place of a volume of its name; the others keep their order', [{ name: 'a' }, { name: 'data' }, { name: 'b' }], ['a', 'b', 'data=data-alice']],
    ['is the only volume', undefined, ['data=data-alice']],
  ])('gets the volume of a claim, which %s', (_, volumes, expected) => {
    const spec = { podTemplate: { spec: { containers: [], ...(volumes && { volumes }) } }, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] };
    const [write] = writesOf(seen({ sandbox: sandbox(spec), claims: [volumeClaim('data-alice')] }));
    const created = (write?.do === 'create' ? write.object : {}) as { spec: { volumes: { name: string; persistentVolumeClaim?: { claimName: string } }[] } };
    expect(created.spec.volumes.map(({ name, persistentVolumeClaim }) => name + (persistentVolumeClaim ? `=${persistentVolumeClaim.claimName}` : ''))).toEqual(
      expected,
    );
  });

  test.each([
    ['adoptable', ADOPTABLE],
    ['tracking', TRACKED],
  ])('that nobody owns and that carries the %s label is taken over in one PATCH that relies on its version', (_, labels) => {
    const [write, ...others] = writesOf(seen({ pod: pod(RUNNING, unowned(labels)) }));
    expect(others).toEqual([]);
    expect(write).toMatchObject({
      do: 'patch',
      uid: 'pod-uid',
      ifVersion: 'rv-pod-uid',
      patch: { metadata: { ownerReferences: [owner] } },
      events: [{ reason: 'ChildAdopted' }],
    });
  });

  test('that is taken over keeps its owners that are no controllers', () => {
    const other = { ...FOREIGN, controller: false };
    expect(writesOf(seen({ pod: pod(RUNNING, { ...unowned(ADOPTABLE), ownerReferences: [other] }) }))).toMatchObject([
      { patch: { metadata: { ownerReferences: [other, owner] } } },
    ]);
  });

  test.each<[string, Parameters<typeof pod>[1], Parameters<typeof pod>[0], string]>([
    [
      'without permission',
      unowned(),
      RUNNING,
      'cannot adopt unowned pod "alice": missing required pool authorization label ("agents.x-k8s.io/adoptable") or sandbox tracking label ("agents.x-k8s.io/sandbox-name-hash")',
    ],
    [
      'with the hash of another',
      unowned({ [LABELS.sandboxNameHash]: 'ffffffff' }),
      RUNNING,
      'cannot adopt unowned pod "alice": missing required pool authorization label ("agents.x-k8s.io/adoptable") or sandbox tracking label ("agents.x-k8s.io/sandbox-name-hash")',
    ],
    ['that has ended', unowned(ADOPTABLE), { phase: 'Failed' }, 'cannot adopt unowned pod "alice": it has ended'],
    ['that is terminating', { ...unowned(ADOPTABLE), deletionTimestamp: 'x' }, RUNNING, 'cannot adopt unowned pod "alice": it is terminating'],
    [
      'of another owner',
      { ownerReferences: [FOREIGN], labels: ADOPTABLE },
      RUNNING,
      'pod "alice" is owned by ReplicaSet/web (UID: other-uid), not by sandbox "alice"',
    ],
    [
      'of an earlier Sandbox of this name',
      { ownerReferences: [{ ...owner, uid: 'earlier' }], labels: TRACKED },
      RUNNING,
      'pod "alice" is owned by Sandbox/alice (UID: earlier), not by sandbox "alice"',
    ],
  ])('%s is never touched', (_, meta, status, problem) => {
    const observed = seen({ pod: pod(status, meta) });
    expect(writesOf(observed)).toEqual([]);
    expect(problemOf(observed)).toBe(problem);
    expect(plan(observed).isFailed).toBe(true);
  });

  test.each<[string, Observed]>([
    ['an edit of the spec', seen({ sandbox: sandbox({ podTemplate: { spec: { containers: [{ name: 'other' }] } } }), pod: settled })],
    ['a Pod that has failed', seen({ pod: pod({ phase: 'Failed' }) })],
    ['a Pod that has succeeded', seen({ pod: pod({ phase: 'Succeeded' }) })],
    ['a Pod that is terminating, whatever its labels', seen({ pod: pod(RUNNING, { deletionTimestamp: 'x', labels: {} }) })],
    ['several Pods', seen({ ownedPods: [settled, pod({}, { name: 'bob' }, 'second')], sandbox: sandbox({ service: true }) })],
    ['a suspended Sandbox whose Pod is not its own', seen({ sandbox: sandbox({ operatingMode: 'Suspended' }), pod: pod(RUNNING, unowned(ADOPTABLE)) })],
    ['a suspended Sandbox whose Pod is on its way', seen({ sandbox: sandbox({ operatingMode: 'Suspended' }), pod: pod(RUNNING, { deletionTimestamp: 'x' }) })],
  ])('is left alone: %s', (_, observed) => {
    expect(writesOf(observed)).toEqual([]);
  });

  test('of a suspended Sandbox is deleted by its UID', () => {
    expect(writesOf(seen({ sandbox: sandbox({ operatingMode: 'Suspended' }), pod: settled }))).toEqual([
      expect.objectContaining({ do: 'delete', uid: 'pod-uid', failure: 'failed to delete pod: ' }),
    ]);
  });

  test('metadata may wait for the write-behind window, but not where a claim has just taken the Sandbox', () => {
    const drifted = pod(RUNNING, { labels: {} });
    const settings = { writeBehindWindowMs: 5000 };
    expect(plan(seen({ pod: drifted, settings }))).toMatchObject({ memory: { metadataSinceMs: 1000 }, againMs: 1000 });
    expect(writesOf(seen({ pod: drifted, settings, memory: { metadataSinceMs: 1 } }))).toEqual([]);
    expect(writesOf(seen({ pod: drifted, settings, memory: { metadataSinceMs: 0 } }))).toMatchObject([
      { patch: { metadata: { labels: { [LABELS.sandboxNameHash]: HASH } } } },
    ]);
    const claimed = {
      labels: { [LABELS.claimUid]: 'c' },
      ownerReferences: [{ ...FOREIGN, apiVersion: 'extensions.agents.x-k8s.io/v1beta1', kind: 'SandboxClaim' }],
    };
    expect(writesOf(seen({ sandbox: sandbox({}, { metadata: claimed }), pod: settled, settings }))).toMatchObject([
      { patch: { metadata: { labels: { [LABELS.claimUid]: 'c' } } } },
    ]);
  });
});

test.each<[string, boolean, Texts, Partial<Settings>]>([
  ['of a member that a claim has taken', true, { [LABELS.warmPool]: 'p' }, {}],
  ['that bears no mark of a pool', false, {}, {}],
  ['that the claim has already', false, { [LABELS.warmPool]: 'p', [LABELS.claimUid]: 'c' }, {}],
  ['of a member that a claim has taken in the way of the reference', false, { [LABELS.warmPool]: 'p' }, { isAdoptionLean: false }],
])('of a Pod %s the API server forgets who set which field: %s', (_, expected, labels, settings) => {
  const owner = { ...FOREIGN, apiVersion: 'extensions.agents.x-k8s.io/v1beta1', kind: 'SandboxClaim' };
  const taken = sandbox({}, { metadata: { labels: { [LABELS.claimUid]: 'c' }, ownerReferences: [owner] } });
  const writes = writesOf(seen({ sandbox: taken, pod: pod(RUNNING, { labels }), settings }));
  expect(writes).toMatchObject([{ do: 'patch' }]);
  expect(JSON.stringify(writes).includes('"managedFields":[{}]')).toBe(expected);
});

describe('the legacy annotation pod-name', () => {
  const named = (name: string, mode?: 'Suspended') =>
    sandbox({ ...(mode && { operatingMode: mode }) }, { metadata: { annotations: { 'agents.x-k8s.io/pod-name': name } } });
  const removal = { do: 'patch', resource: { kind: 'Sandbox' }, patch: { metadata: { annotations: { 'agents.x-k8s.io/pod-name': null } } } };

  test.each<[string, Observed]>([
    ['names a Pod that is gone', seen({ sandbox: named('bob') })],
    ['names a Pod that is gone while an owned one exists', seen({ sandbox: named('bob'), pod: settled })],
    [
      'names an adoptable Pod while an owned one exists',
      seen({ sandbox: named('bob'), ownedPods: [settled], namedPod: pod(RUNNING, { name: 'bob', ...unowned(ADOPTABLE) }, 'bob-uid') }),
    ],
    ['names a Pod of somebody else', seen({ sandbox: named('bob'), namedPod: pod(RUNNING, { name: 'bob', ownerReferences: [FOREIGN] }, 'bob-uid') })],
    [
      'is on a suspended Sandbox and names a Pod that is not owned',
      seen({ sandbox: named('bob', 'Suspended'), namedPod: pod(RUNNING, { name: 'bob', ...unowned() }, 'bob-uid') }),
    ],
  ])('goes when it %s, and no Pod is created beside', (_, observed) => {
    expect(writesOf(observed)).toMatchObject([removal]);
  });

  test.each<[string, Observed]>([
    ['that is empty', seen({ sandbox: named(''), pod: settled })],
    ['that names the owned Pod', seen({ sandbox: named('bob'), ownedPods: [pod(RUNNING, { name: 'bob' })], namedPod: pod(RUNNING, { name: 'bob' }) })],
  ])('%s stays', (_, observed) => {
    expect(writesOf(observed)).toEqual([]);
  });

  test('permits nothing: a Pod that it names and that carries no permission is not touched', () => {
    const observed = seen({ sandbox: named('victim'), namedPod: pod(RUNNING, { name: 'victim', ...unowned() }, 'victim-uid') });
    expect(writesOf(observed)).toEqual([]);
    expect(problemOf(observed)).toContain('cannot adopt unowned pod "victim"');
  });
});

describe('the Service', () => {
  const of = (wanted: boolean | undefined, found: ReturnType<typeof service> | undefined) =>
    seen({ sandbox: sandbox(wanted === undefined ? {} : { service: wanted }), pod: settled, service: found });
  const foreign = service({}, { ownerReferences: [FOREIGN] });
  const wrongSelector = service({ selector: { app: 'x' } });

  test.each<[string, Observed, object[]]>([
    ['absent, none', of(undefined, undefined), []],
    ['absent, owned', of(undefined, service()), []],
    [
      'absent, owned with another selector',
      of(undefined, wrongSelector),
      [{ do: 'patch', patch: { spec: { selector: { app: null, [LABELS.sandboxNameHash]: HASH } } } }],
    ],
    ['absent, owned with other ports', of(undefined, service({ ports: [{ port: 1 }] })), []],
    ['absent, unowned', of(undefined, service({}, unowned(ADOPTABLE))), []],
    ['absent, foreign', of(undefined, foreign), []],
    ['false, none', of(false, undefined), []],
    ['false, owned', of(false, service()), [{ do: 'delete', uid: 'service-uid' }]],
    ['false, owned and terminating', of(false, service({}, { deletionTimestamp: 'x' })), []],
    ['false, unowned', of(false, service({}, unowned(ADOPTABLE))), []],
    ['false, foreign', of(false, foreign), []],
    [
      'true, none',
      of(true, undefined),
      [{ do: 'create', object: { metadata: { labels: TRACKED, ownerReferences: [owner] }, spec: { clusterIP: 'None', selector: TRACKED } } }],
    ],
    ['true, owned', of(true, service()), []],
    ['true, owned without the label', of(true, service({}, { labels: {} })), [{ do: 'patch', patch: { metadata: { labels: TRACKED } } }]],
    ['true, owned with other ports', of(true, service({ ports: [{ port: 1 }] })), [{ do: 'patch', patch: { spec: { ports: null } } }]],
    [
      'true, unowned and adoptable',
      of(true, service({ selector: { app: 'x' }, ports: [{ port: 1 }] }, unowned(ADOPTABLE))),
      [
        {
          do: 'patch',
          ifVersion: 'rv-service-uid',
          patch: { metadata: { labels: TRACKED, ownerReferences: [owner] }, spec: { selector: { app: null, ...TRACKED }, ports: null } },
        },
      ],
    ],
    ['true, unowned', of(true, service({}, unowned())), []],
    ['true, unowned and not headless', of(true, service({ clusterIP: '10.1.2.3' }, unowned(ADOPTABLE))), []],
    ['true, foreign', of(true, foreign), []],
  ])('%s', (_, observed, expected) => {
    const writes = writesOf(observed);
    expect(writes).toHaveLength(expected.length);
    expect(writes).toMatchObject(expected);
  });

  test.each<[string, Observed, string]>([
    ['foreign', of(true, foreign), 'service "alice" is owned by ReplicaSet/web (UID: other-uid), not by sandbox "alice"'],
    [
      'foreign, though the spec does not ask for one',
      of(undefined, foreign),
      'service "alice" is owned by ReplicaSet/web (UID: other-uid), not by sandbox "alice"',
    ],
    [
      'unowned',
      of(true, service({}, unowned())),
      'cannot adopt unowned service "alice": missing required pool authorization label ("agents.x-k8s.io/adoptable") or sandbox tracking label ("agents.x-k8s.io/sandbox-name-hash")',
    ],
    [
      'not headless',
      of(true, service({ clusterIP: '10.1.2.3' }, unowned(ADOPTABLE))),
      'cannot adopt service "alice": ClusterIP is "10.1.2.3" (expected "None", field is immutable)',
    ],
  ])('that is %s is refused', (_, observed, problem) => {
    expect(problemOf(observed)).toBe(problem);
  });

  test('keeps what others set on its ports while name, protocol, port and target agree', () => {
    const spec = { service: true, podTemplate: { spec: { containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 80 }] }] } } };
    const port = { name: 'http', protocol: 'TCP', port: 80, targetPort: 80, appProtocol: 'http' };
    expect(writesOf(seen({ sandbox: sandbox(spec), pod: settled, service: service({ ports: [port] }) }))).toEqual([]);
    expect(writesOf(seen({ sandbox: sandbox(spec), pod: settled, service: service({ ports: [{ ...port, targetPort: 81 }] }) }))).toMatchObject([
      { patch: { spec: { ports: [{ targetPort: 80 }] } } },
    ]);
  });
});

describe('a Sandbox whose name has the hash of an older one', () => {
  const observed = seen({
    sandbox: sandbox({ service: true, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] }),
    rival: { ...sandbox(), metadata: { ...sandbox().metadata, name: 'bob' } },
  });

  test('gets no child and says which one is in its way', () => {
    expect(writesOf(observed)).toEqual([]);
    expect(problemOf(observed)).toContain('"alice" and of the older sandbox "bob" have the same hash');
  });
});
