import { ANNOTATIONS } from '../../../src/api/keys';
import { type Sandbox } from '../../../src/controllers/shared/objects';
import { UNPROTECTED_RULE } from '../../../src/controllers/shared/protection';
import { Scene, COLD, RECORD, STATUS } from './scene';
import { NO_IP, UNREADY, named, claim, member, owned, READY, template } from './world';

describe('a cold claim', () => {
  const env = [{ name: 'A', value: '1' }];
  const allowing = template({ envVarsInjectionPolicy: 'Allowed', volumeClaimTemplatesPolicy: 'Allowed' });

  test.each<[string, Scene, readonly string[], string]>([
    ['1, 4: of an empty pool gets a Sandbox of its own name', new Scene(), [`${RECORD} ‖ ${COLD}`, STATUS], 'SandboxNotReady: Sandbox is not ready'],
    [
      '20: with variables takes no member',
      new Scene(member(), allowing, claim({ env })),
      [`${RECORD} ‖ ${COLD}`, STATUS],
      'SandboxNotReady: Sandbox is not ready',
    ],
    [
      '20: with volumes takes no member',
      new Scene(member(), allowing, claim({ volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: {} }] })),
      [`${RECORD} ‖ ${COLD}`, STATUS],
      'SandboxNotReady: Sandbox is not ready',
    ],
    [
      '2: without its template looks past the cache once',
      new Scene().remove('template python'),
      ['GET template python', RECORD, STATUS],
      'TemplateNotFound: SandboxTemplate "python" not found',
    ],
    [
      '21: whose variables are refused gets none',
      new Scene(claim({ env })),
      [RECORD, STATUS],
      'EnvVarsInjectionRejected: environment variable injection rejected: environment variable injection is not allowed by the template policy',
    ],
    [
      '22: of a bad list of volumes gets none',
      new Scene(template({ volumeClaimTemplates: [{ spec: {} }] })),
      [RECORD, STATUS],
      'VolumeClaimTemplatesError: invalid volume claim templates in template: invalid volume claim templates: name at index 0 is empty',
    ],
    ['16: loses a void record', new Scene(named('gone')), [`${RECORD} ‖ ${COLD}`, STATUS], 'SandboxNotReady: Sandbox is not ready'],
    ['K13: finds the Sandbox that was made', new Scene(owned('alice')), [RECORD, STATUS], 'DependenciesReady: Pod is Ready'],
  ])('%s', (_, scene, trips, status) => {
    expect(scene.pass().trips).toEqual(trips);
    expect(scene.status).toBe(status);
    expect(scene.claim.metadata.annotations).not.toHaveProperty(ANNOTATIONS.sandboxName);
    expect(scene.pass().trips).toEqual([]);
  });

  test('is told of its Sandbox in the pass that makes it', () => {
    const scene = new Scene();
    expect(scene.pass().events).toEqual(['SandboxProvisioned: Created Sandbox "alice"']);
    expect(scene.claim.status?.sandbox).toEqual({ name: 'alice' });
  });

  test('waits for the policy of its template', () => {
    const scene = new Scene();
    scene.protection = { is: 'awaited', againMs: 5000 };
    expect(scene.pass()).toMatchObject({ trips: [], last: { againMs: 5000 } });
    scene.protection = { is: 'overdue' };
    const { trips, rules } = scene.pass();
    expect([trips[0], rules[0]]).toEqual([`${RECORD} ‖ ${COLD}`, UNPROTECTED_RULE]);
    expect(new Scene().pass().rules).not.toContain(UNPROTECTED_RULE);
  });

  test('K12: goes on with a Sandbox of its own that its cache had not heard of', () => {
    const scene = new Scene(owned('alice'));
    scene.unheard.add('Sandbox alice');
    expect(scene.pass().trips).toEqual([`${RECORD} ‖ ${COLD} (conflict)`, STATUS]);
    expect(scene.status).toBe('DependenciesReady: Pod is Ready');
  });

  test('does not touch one of somebody else that its cache had not heard of', () => {
    const scene = new Scene(member('alice', { ownerReferences: [] }));
    scene.unheard.add('Sandbox alice');
    expect(scene.pass().trips).toEqual([`${RECORD} ‖ ${COLD} (conflict)`, STATUS]);
    expect(scene.status).toContain('is not controlled by claim "alice"');
  });

  test.each<[string, { isPermanent?: boolean; isUnread?: true }, string, object]>([
    ['is tried again', {}, 'ReconcilerError: Error seen: sandbox create error: no', { isFailed: true }],
    ['that is invalid waits for a change', { isPermanent: true }, 'ReconcilerError: Error seen: sandbox create error: no', {}],
    [
      'that nobody can read is looked for again soon',
      { isUnread: true },
      'SandboxCreatePending: Sandbox already created; waiting for cache to converge',
      { isFailed: true, againMs: 5000 },
    ],
  ])('a creation that fails %s', (_, failure, status, last) => {
    const scene = new Scene();
    scene.fault = ({ step }) => (step === 'sandbox' ? failure : undefined);
    expect(scene.pass().last).toMatchObject({ actions: [], ...last });
    expect([scene.status, scene.pass().last?.isFailed ?? false]).toEqual([status, 'isFailed' in last]);
  });

  test('leaves its status alone when the Sandbox that it names cannot be read', () => {
    const scene = new Scene(claim({}, { status: { sandbox: { name: 'alice' } }, metadata: { annotations: { [ANNOTATIONS.firstObservedAt]: 'then' } } }));
    scene.fault = ({ step }) => (step === 'sandbox' ? { isUnread: true } : undefined);
    expect(scene.pass().trips).toEqual(['GET Sandbox alice', 'POST Sandbox alice (refused)']);
  });

  test('is held back while its Sandbox only starts', async () => {
    const scene = new Scene();
    scene.settings = { ...scene.settings, transitionalStatusWindowMs: 200 };
    scene.pass();
    const starting = (status: Sandbox['status']): Sandbox => ({ ...(scene.sandbox('alice') as Sandbox), status });
    scene.put(starting(NO_IP));
    expect(scene.pass()).toMatchObject({ trips: [], last: { againMs: 200 } });
    await scene.clock.advance(150);
    expect(scene.pass()).toMatchObject({ trips: [], last: { againMs: 50 } });
    scene.put(starting({ conditions: [READY], podIPs: ['10.0.0.7'] }));
    expect(scene.pass().trips).toEqual([STATUS]);
    scene.put(starting(UNREADY));
    expect(scene.pass().trips).toEqual([STATUS]);
    scene.put(starting(NO_IP));
    expect(scene.pass().trips).toEqual([]);
    await scene.clock.advance(200);
    expect(scene.pass().trips).toEqual([STATUS]);
  });
});
