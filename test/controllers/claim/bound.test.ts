import { LABELS } from '../../../src/api/keys';
import { type Sandbox } from '../../../src/controllers/shared/objects';
import type { KubeObject } from '../../../src/runtime/object';
import { Scene, COLD, RECORD, STATUS, refusing } from './scene';
import { M, bound, claim, condition, member, owned, pool, READY, template } from './world';

describe('a bound claim', () => {
  test('of the reference that lacks what only observes is never written', () => {
    const bare = { labels: { [LABELS.claimUid]: 'claim-uid', [LABELS.templateRefHash]: member().metadata.labels?.[LABELS.templateRefHash] ?? '' } };
    expect(new Scene(owned(M, bare), claim({}, { status: bound().status })).pass().trips).toEqual([]);
  });

  test.each<[string, Scene, object]>([
    [
      'an edit of the template',
      new Scene(owned(), bound(), template({ podTemplate: { metadata: { labels: { app: 'x' } }, spec: { containers: [] } } })),
      { spec: { podTemplate: { metadata: { labels: { app: 'x' } } } } },
    ],
    [
      'an addition of the claim',
      new Scene(owned(), bound({ additionalPodMetadata: { annotations: { a: '1' } } })),
      { spec: { podTemplate: { metadata: { annotations: { a: '1' } } } } },
    ],
    [
      'a removal by the claim',
      new Scene(owned(M, {}, { spec: { podTemplate: { metadata: { annotations: { a: '1' } }, spec: { containers: [] } } } }), bound()),
      { spec: { podTemplate: { metadata: { annotations: { a: null } } } } },
    ],
    [
      '19: its creator',
      new Scene(owned(), bound({}, { labels: { [LABELS.createdBy]: 'go-client' } })),
      { metadata: { labels: { [LABELS.createdBy]: 'go-client' } } },
    ],
    [
      'a label that somebody took away',
      new Scene(owned(M, { labels: {} }), bound()),
      { metadata: { labels: { [LABELS.claimUid]: 'claim-uid', [LABELS.launchType]: 'warm' } } },
    ],
  ])('passes on to its Sandbox, once: %s', (_, scene, patch) => {
    expect(scene.actions).toMatchObject([{ step: 'metadata', patch }]);
    expect(scene.pass().trips).toEqual([`PATCH Sandbox ${M}`]);
    expect(scene.pass().trips).toEqual([]);
  });

  test('that has been looked at passes on what changes then: of the claim, of its labels, of the template', () => {
    const scene = new Scene(owned(), bound());
    expect(scene.pass().trips).toEqual([]);
    const next = (generation: number, more: object, labels: object = {}) => {
      const { metadata, status } = scene.claim;
      return { metadata: { ...metadata, generation, labels: { ...metadata.labels, ...labels } }, spec: { ...scene.claim.spec, ...more }, status };
    };
    const written = (object: KubeObject) => {
      scene.put(object);
      return [scene.pass().trips[0], scene.sandbox(M)];
    };
    const ofPod = (annotations: object) => [`PATCH Sandbox ${M}`, { spec: { podTemplate: { metadata: { annotations } } } }];
    expect(written(next(3, { additionalPodMetadata: { annotations: { a: '1' } } }))).toMatchObject(ofPod({ a: '1' }));
    expect(written(next(3, {}, { [LABELS.createdBy]: 'x' }))).toMatchObject([`PATCH Sandbox ${M}`, { metadata: { labels: { [LABELS.createdBy]: 'x' } } }]);
    const edited = template({ podTemplate: { metadata: { annotations: { b: '2' } }, spec: { containers: [] } } });
    expect(written(edited)).toMatchObject(ofPod({ a: '1', b: '2' }));
    expect(scene.pass().trips).toEqual([]);
  });

  test('stays under the template of its Sandbox when it names another pool', () => {
    const other = { ...template(), metadata: { ...template().metadata, name: 'other' } };
    const elsewhere = pool({ sandboxTemplateRef: { name: 'other' } });
    expect(new Scene(owned(), bound(), other, elsewhere).pass().trips).toEqual([]);
  });

  test.each<[string, Scene, string]>([
    [
      'the template that it needs is missing',
      new Scene(owned(), bound({ additionalPodMetadata: { annotations: { a: '1' } } })).remove('template python'),
      'TemplateNotFound: failed to get template for metadata propagation: SandboxTemplate "python" not found',
    ],
    [
      'the pool that it needs is missing',
      new Scene(owned(M, { annotations: {} }), bound({ additionalPodMetadata: { annotations: { a: '1' } } })).remove('pool pool'),
      'WarmPoolNotFound: SandboxWarmPool "pool" not found',
    ],
    [
      'its metadata conflicts',
      new Scene(
        owned(),
        bound({ additionalPodMetadata: { annotations: { a: '1' } } }),
        template({ podTemplate: { metadata: { annotations: { a: '2' } }, spec: { containers: [] } } }),
      ),
      'ReconcilerError: Error seen: metadata override conflict: annotation "a" is defined in template with value "2", but claim requests "1"',
    ],
    [
      'its metadata is invalid',
      new Scene(owned(), bound({ additionalPodMetadata: { labels: { app: 'Sandbox-Router' } } })),
      'InvalidMetadata: invalid additionalPodMetadata: failed to validate label "app": restricted system label value: "app"="Sandbox-Router" is not allowed in AdditionalPodMetadata',
    ],
  ])('24: keeps its binding while %s', (_, scene, status) => {
    scene.pass();
    expect([scene.status, scene.claim.status?.sandbox]).toEqual([status, { name: M, podIPs: ['10.0.0.7'] }]);
    expect(scene.pass().trips).toEqual([]);
  });

  test('does without a template when its Sandbox carries what it asks for', () => {
    const carrying = { spec: { podTemplate: { metadata: { annotations: { a: '1' } }, spec: { containers: [] } } } };
    expect(new Scene(owned(M, {}, carrying), bound({ additionalPodMetadata: { annotations: { a: '1' } } })).remove('template python').pass().trips).toEqual([]);
  });

  test('24: stays Ready while a write of its metadata fails for a while, and no longer', () => {
    const scene = new Scene(owned(), bound({}, { labels: { [LABELS.createdBy]: 'x' } }));
    scene.fault = refusing('metadata');
    expect(scene.pass()).toMatchObject({ trips: [`PATCH Sandbox ${M} (refused)`], last: { isFailed: true } });
    scene.trouble = { passes: 5, forMs: 10_000 };
    expect(scene.pass()).toMatchObject({ trips: [`PATCH Sandbox ${M} (refused)`, STATUS], last: { isFailed: true } });
    expect([scene.status, scene.claim.status?.sandbox?.name]).toEqual([
      'ReconcilerError: Error seen: failed to patch sandbox metadata for claim "alice": no',
      M,
    ]);
  });

  test.each<[string, Sandbox, string, object]>([
    [
      '32: a Sandbox that has expired by itself',
      owned(M, {}, { status: { conditions: [condition('Ready', 'False', 'SandboxExpired')] } }),
      'SandboxExpired: Underlying Sandbox resource has expired independently of the Claim.',
      { name: M },
    ],
    [
      'a Sandbox that is suspended',
      owned(M, {}, { status: { conditions: [condition('Ready', 'False', 'SandboxSuspended', 'Sandbox is suspended')] } }),
      'SandboxSuspended: Sandbox is suspended',
      { name: M },
    ],
    [
      '33: the Service of its Sandbox',
      owned(M, {}, { status: { conditions: [READY], podIPs: ['10.0.0.7'], serviceFQDN: 'f' } }),
      'DependenciesReady: Pod is Ready',
      { name: M, podIPs: ['10.0.0.7'], serviceFQDN: 'f' },
    ],
    ['36: a Sandbox that terminates', owned(M, { deletionTimestamp: 'now' }), 'SandboxNotReady: Sandbox is not ready', { name: M, podIPs: ['10.0.0.7'] }],
  ])('tells of %s', (_, sandbox, status, binding) => {
    const scene = new Scene(sandbox, bound());
    expect(scene.pass().trips).toEqual([STATUS]);
    expect([scene.status, scene.claim.status?.sandbox]).toEqual([status, binding]);
  });

  test('36: gets another Sandbox when its own is gone, a warm one before a cold one', () => {
    expect(new Scene(member('pool-zzzzz'), bound()).pass().trips).toEqual([`GET Sandbox ${M}`, `PATCH Sandbox pool-zzzzz ‖ ${RECORD}`, STATUS]);
    const cold = new Scene(bound());
    expect(cold.pass().trips).toEqual([`GET Sandbox ${M}`, `${RECORD} ‖ ${COLD}`, STATUS]);
    expect(cold.claim.status?.sandbox).toEqual({ name: 'alice' });
  });

  test('keeps the Sandbox that it was told of, also when only another process knows that it is its own', () => {
    const scene = new Scene(owned(M), owned('pool-zzzzz'), bound());
    scene.unheard.add(`Sandbox ${M}`);
    expect(scene.pass().trips[0]).toBe(`GET Sandbox ${M}`);
    expect([scene.claim.status?.sandbox?.name, scene.sandbox(M)?.metadata.name, scene.sandbox('pool-zzzzz')]).toEqual([M, M, undefined]);
  });

  test('reads the Sandbox that it was told of again when the first read has failed', () => {
    const scene = new Scene(owned('pool-zzzzz'), bound());
    scene.fault = refusing('look');
    scene.pass();
    scene.fault = () => undefined;
    expect(scene.pass().trips[0]).toBe(`GET Sandbox ${M}`);
  });
});
