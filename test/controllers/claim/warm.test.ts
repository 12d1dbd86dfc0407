import { ANNOTATIONS } from '../../../src/api/keys';
import { CLAIMS } from '../../../src/controllers/shared/objects';
import { controllerReference } from '../../../src/controllers/shared/ownership';
import { Scene, COLD, RECORD, STATUS, refusing } from './scene';
import { M, NO_IP, UNREADY, named, bound, claim, member, owned, READY, template } from './world';

const WARM = `PATCH Sandbox ${M} ‖ ${RECORD}`;

describe('a warm claim', () => {
  // Spec 08 §3, §4.7.
  test('is bound by exactly three writes in two round trips, told in one, and asks for nothing more', () => {
    const scene = new Scene(member());
    expect(scene.pass()).toMatchObject({ trips: [WARM, STATUS], events: [`SandboxAdopted: Adopted warm pool Sandbox "${M}"`] });
    expect(scene.claim.status).toEqual({ conditions: [{ ...READY, observedGeneration: 2 }], sandbox: { name: M, podIPs: ['10.0.0.7'] } });
    expect(scene.claim.metadata.annotations).toEqual({ [ANNOTATIONS.firstObservedAt]: '2030-01-01T00:00:00.000001Z', [ANNOTATIONS.sandboxName]: M });
    expect(scene.sandbox(M)?.metadata.ownerReferences).toEqual([controllerReference(CLAIMS, claim())]);
    expect(scene.pass().trips).toEqual([]);
  });

  test('relies in each of them on the version that was seen', () => {
    const scene = new Scene(member());
    const versions = ['Sandbox pool-b4kx7', 'claim alice'].map((name) => scene.objects.get(name)?.metadata.resourceVersion);
    expect(scene.actions).toMatchObject(versions.map((ifVersion) => ({ do: 'patch', ifVersion, purpose: 'claim' })));
  });

  // Spec 05 §20; the numbers are its cases.
  test.each<[string, Scene, readonly string[], string]>([
    [
      '7: takes a member that is not ready but has an address',
      new Scene(member(M, {}, { status: UNREADY })),
      [WARM, STATUS],
      'DependenciesNotReady: Pod is Running but not Ready',
    ],
    ['8: is left alone while it waits for an address', new Scene(member(M, {}, { status: NO_IP })), [], ''],
    [
      '9: completes what is recorded, also without an address',
      new Scene(member('pool-aaaaa'), member(M, {}, { status: NO_IP }), named(M)),
      [WARM, STATUS],
      'DependenciesNotReady: Pod does not exist',
    ],
    ['12: never takes a second one for the record', new Scene(member('pool-aaaaa'), member(M), named(M)), [WARM, STATUS], 'DependenciesReady: Pod is Ready'],
    [
      '12: nor for the status',
      new Scene(member('pool-aaaaa'), member(M), claim({}, { status: { sandbox: { name: M } } })),
      [`GET Sandbox ${M}`, WARM, STATUS],
      'DependenciesReady: Pod is Ready',
    ],
    [
      '14: gives up a record that names the Sandbox of another claim',
      new Scene(owned('other', { ownerReferences: [{ ...controllerReference(CLAIMS, claim()), uid: 'other' }] }), member(), named('other')),
      [WARM, STATUS],
      'DependenciesReady: Pod is Ready',
    ],
    ['16: gives up a record that names nothing', new Scene(member(), named('gone')), [WARM, STATUS], 'DependenciesReady: Pod is Ready'],
    [
      '10: gives up a record that names a member of another pool',
      new Scene(
        member('x', { ownerReferences: [{ ...controllerReference(CLAIMS, claim()), kind: 'SandboxWarmPool', name: 'others', uid: 'o' }] }),
        member(),
        named('x'),
      ),
      [WARM, STATUS],
      'DependenciesReady: Pod is Ready',
    ],
    ['13: finds a transfer that is stored already', new Scene(owned(), bound()), [], 'DependenciesReady: Pod is Ready'],
    ['K4: finds a transfer that is stored alone', new Scene(owned()), [RECORD, STATUS], 'DependenciesReady: Pod is Ready'],
    ['K6: finds a transfer and its record', new Scene(owned(), claim({}, { metadata: bound().metadata })), [STATUS], 'DependenciesReady: Pod is Ready'],
    ['K10: corrects a record whose member is gone', new Scene(member(), named('gone')), [WARM, STATUS], 'DependenciesReady: Pod is Ready'],
    [
      '2: without its pool looks past the cache once',
      new Scene().remove('pool pool'),
      ['GET pool pool', RECORD, STATUS],
      'WarmPoolNotFound: SandboxWarmPool "pool" not found',
    ],
    [
      '3: needs no pool and no template once it is bound',
      new Scene(owned(), bound()).remove('pool pool', 'template python'),
      [],
      'DependenciesReady: Pod is Ready',
    ],
    [
      '23: with bad metadata takes none',
      new Scene(member(), claim({ additionalPodMetadata: { labels: { a: 'b' } } })),
      [RECORD, STATUS],
      `InvalidMetadata: invalid additionalPodMetadata: failed to validate label "a": label "a" must have a domain prefix (e.g. 'sandbox.users.io/my-label') to prevent opting into unintended policy domains`,
    ],
    [
      'that conflicts with its template takes none',
      new Scene(
        member(),
        claim({ additionalPodMetadata: { labels: { 'sandbox.users.io/a': '1' } } }),
        template({ podTemplate: { metadata: { labels: { 'sandbox.users.io/a': '2' } }, spec: { containers: [] } } }),
      ),
      [RECORD, STATUS],
      'ReconcilerError: Error seen: metadata override conflict: label "sandbox.users.io/a" is defined in template with value "2", but claim requests "1"',
    ],
    [
      'in whose way a Sandbox is takes none',
      new Scene(member(), member('alice', { ownerReferences: [] })),
      [RECORD, STATUS],
      'ReconcilerError: Error seen: sandbox "alice" is not controlled by claim "alice". Please use a different claim name or delete the sandbox manually',
    ],
  ])('%s', (_, scene, trips, status) => {
    expect(scene.pass().trips).toEqual(trips);
    expect(scene.status).toBe(status);
    expect(scene.pass().trips).toEqual([]);
  });

  test('8: goes cold at its deadline, which is counted from first sight', async () => {
    const scene = new Scene(member(M, {}, { status: NO_IP }));
    expect(scene.pass().last).toMatchObject({ actions: [], againMs: 2000 });
    await scene.clock.advance(1500);
    expect(scene.pass().last).toMatchObject({ actions: [], againMs: 500 });
    await scene.clock.advance(500);
    expect(scene.pass().trips).toEqual([`${RECORD} ‖ ${COLD}`, STATUS]);
    expect(scene.firstSeen.find(scene.claim)?.coldReason).toBe('no_ip_in_time');
  });

  test('waits for any member only as long as it is told', async () => {
    const scene = new Scene();
    scene.settings = { ...scene.settings, emptyPoolWaitMs: 3000 };
    expect(scene.pass().last).toMatchObject({ actions: [], againMs: 3000 });
    await scene.clock.advance(3000);
    expect(scene.pass().trips[0]).toBe(`${RECORD} ‖ ${COLD}`);
  });

  test('35: finds a pool that only its cache lacks', () => {
    const scene = new Scene(member());
    scene.unheard.add('pool pool');
    expect(scene.pass().trips).toEqual(['GET pool pool', WARM, STATUS]);
  });

  test('15: tries the same member again when the version was old, and gives no other up for it', () => {
    const scene = new Scene(member('pool-zzzzz'), member());
    let conflicts = 2;
    scene.promised.set(M, 'claim-uid');
    scene.fault = ({ step }) => (step === 'transfer' && conflicts-- > 0 ? 'conflict' : undefined);
    const { trips } = scene.pass();
    expect(trips).toEqual([`PATCH Sandbox ${M} (conflict) ‖ ${RECORD}`, `PATCH Sandbox ${M} (conflict)`, `PATCH Sandbox ${M}`, STATUS]);
  });

  test('a conflict without end is told, keeps its member, and goes on in the next pass', () => {
    const scene = new Scene(member());
    scene.fault = ({ step }) => (step === 'transfer' ? 'conflict' : undefined);
    expect(scene.pass()).toMatchObject({ last: { isFailed: true } });
    expect(scene.status).toBe(
      `AdoptionConflict: adoption write conflict: completing adoption of ${M} for claim alice (conflicting concurrent write); the next pass retries from a converged view`,
    );
    expect(scene.promised.get(M)).toBe('claim-uid');
    scene.fault = () => undefined;
    expect(scene.pass().trips).toEqual([`PATCH Sandbox ${M}`, STATUS]);
  });

  test('K5: takes another one when the first is lost for good', () => {
    const scene = new Scene(member(M), member('pool-zzzzz'));
    scene.fault = ({ step, key }, { objects }) => {
      if (step !== 'transfer' || key.name !== M) return undefined;
      objects.delete(`Sandbox ${M}`);
      return 'conflict';
    };
    expect(scene.pass().trips).toEqual([`PATCH Sandbox ${M} (conflict) ‖ ${RECORD}`, `PATCH Sandbox pool-zzzzz ‖ ${RECORD}`, STATUS]);
    expect(scene.claim.metadata.annotations?.[ANNOTATIONS.sandboxName]).toBe('pool-zzzzz');
  });

  test('a refused transfer gives the member back and is told', () => {
    const scene = new Scene(member());
    scene.fault = refusing('transfer');
    expect(scene.pass()).toMatchObject({ last: { isFailed: true } });
    expect([scene.status, scene.promised.size]).toEqual(['ReconcilerError: Error seen: no', 0]);
  });

  test('a transfer of which nobody knows keeps its member', () => {
    const scene = new Scene(member());
    scene.fault = ({ step }) => (step === 'transfer' ? { isUnread: true } : undefined);
    scene.pass();
    expect([scene.status.split(':')[0], scene.promised.get(M)]).toEqual(['AdoptionConflict', 'claim-uid']);
  });

  test('is not published before its record is stored', () => {
    const scene = new Scene(member());
    scene.fault = refusing('record');
    expect(scene.pass()).toMatchObject({ last: { isFailed: true } });
    expect([scene.status, scene.claim.status?.sandbox]).toEqual(['ReconcilerError: Error seen: no', undefined]);
    scene.fault = () => undefined;
    expect(scene.pass().trips).toEqual([RECORD, STATUS]);
  });

  test('recomputes its status when somebody was faster, and comes back when it cannot be written', () => {
    const scene = new Scene(member());
    let conflicts = 1;
    scene.fault = ({ step }) => (step === 'status' && conflicts-- > 0 ? 'conflict' : undefined);
    expect(scene.pass().trips).toEqual([WARM, `${STATUS} (conflict)`, STATUS]);
    const other = new Scene(member());
    other.fault = refusing('status');
    expect(other.pass()).toMatchObject({ trips: [WARM, `${STATUS} (refused)`], last: { isFailed: true }, events: [] });
    other.fault = () => undefined;
    expect(other.pass().events).toEqual([`SandboxAdopted: Adopted warm pool Sandbox "${M}"`]);
  });

  test('a record, or a status, that others go on changing is left to the next pass after five tries', () => {
    const unrecorded = new Scene(member());
    unrecorded.fault = ({ step }) => (step === 'record' ? 'conflict' : undefined);
    const record = `${RECORD} (conflict)`;
    expect(unrecorded.pass()).toMatchObject({
      trips: [`PATCH Sandbox ${M} ‖ ${record}`, ...Array.from({ length: 4 }, () => record), STATUS],
      last: { isFailed: true },
    });
    expect([unrecorded.status.split(':')[0], unrecorded.claim.status?.sandbox]).toEqual(['AdoptionConflict', undefined]);
    unrecorded.fault = () => undefined;
    expect(unrecorded.pass()).toMatchObject({ trips: [RECORD, STATUS], last: { actions: [] } });
    expect(unrecorded.claim.status?.sandbox?.name).toBe(M);

    const untold = new Scene(member());
    untold.fault = ({ step }) => (step === 'status' ? 'conflict' : undefined);
    const five = Array.from({ length: 5 }, () => `${STATUS} (conflict)`);
    expect(untold.pass()).toMatchObject({ trips: [WARM, ...five], last: { isFailed: true } });
    expect(untold.pass()).toMatchObject({ trips: five, last: { isFailed: true } });
    untold.fault = () => undefined;
    expect(untold.pass().trips).toEqual([STATUS]);
  });

  // Spec 08 §4.10.
  test.each([{ isPermanent: true }, { isMalformed: true as const }])(
    'a status that the server refuses for what it says (%j) is told in brief, and tried again',
    (failure) => {
      const scene = new Scene(member());
      scene.fault = ({ step }) => (step === 'status' ? failure : undefined);
      expect(scene.pass()).toMatchObject({ trips: [WARM, `${STATUS} (refused)`, STATUS], last: { isFailed: true } });
      expect(scene.status).toBe('ReconcilerError: Error seen: the API server refuses the status of this claim: no');
      expect(scene.pass()).toMatchObject({ trips: [`${STATUS} (refused)`], last: { isFailed: true } });
      scene.fault = () => undefined;
      expect(scene.pass().trips).toEqual([STATUS]);
      expect(scene.claim.status).toMatchObject({ conditions: [{ status: 'True' }], sandbox: { name: M } });
    },
  );

  test('no status at all can be told where the brief one is refused too', () => {
    const scene = new Scene(member());
    scene.fault = ({ step }) => (step === 'status' || step === 'brief' ? { isPermanent: true } : undefined);
    expect(scene.pass()).toMatchObject({ trips: [WARM, `${STATUS} (refused)`, `${STATUS} (refused)`], last: { isFailed: true } });
  });

  test('34, 37: one that goes, or is made anew, leaves its member and its time behind', () => {
    const scene = new Scene(member(M, {}, { status: NO_IP }));
    scene.promised.set(M, 'claim-uid');
    const before = scene.firstSeen.see(scene.claim);
    scene.put(claim({}, { metadata: { uid: 'next' } }));
    expect(scene.firstSeen.find(scene.claim)).toBeUndefined();
    scene.promised.clear();
    scene.memory = { uid: 'claim-uid', looked: ['x'], adopting: M };
    scene.pass();
    expect([scene.firstSeen.find(scene.claim) === before, scene.firstSeen.find(scene.claim)?.uid]).toEqual([false, 'next']);
    scene.put(claim({}, { metadata: { uid: 'next', deletionTimestamp: 'now' } }));
    expect(scene.pass()).toMatchObject({ trips: [], last: undefined });
    scene.remove('claim alice');
    expect(scene.pass()).toMatchObject({ trips: [], last: undefined });
  });

  test('without events and times writes no more than its Sandbox', () => {
    const scene = new Scene(member());
    scene.settings = { ...scene.settings, areEventsDisabled: true, areTimesDisabled: true };
    expect(scene.pass().events).toEqual([]);
    expect(scene.claim.metadata.annotations).toEqual({ [ANNOTATIONS.sandboxName]: M });
  });

  test('says when it was Ready first only where that is asked for and was seen', () => {
    const scene = new Scene(member());
    scene.settings = { ...scene.settings, isFirstReadyWritten: true };
    scene.pass();
    const old = claim();
    expect(scene.pass().trips).toEqual([]);
    expect(scene.firstReady.hear({ type: 'updated', object: scene.claim, old })).toBe(true);
    expect(scene.pass().trips).toEqual([RECORD]);
    expect(scene.claim.metadata.annotations?.[ANNOTATIONS.firstReadyAt]).toBe('2030-01-01T00:00:00Z');
    expect(scene.pass().trips).toEqual([]);
  });
});
