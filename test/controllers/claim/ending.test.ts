import { ANNOTATIONS } from '../../../src/api/keys';
import { type Sandbox, type SandboxClaim } from '../../../src/controllers/shared/objects';
import { Scene, RECORD, STATUS, refusing } from './scene';
import { M, UNREADY, FINISHED, bound, claim, condition, member, owned, READY } from './world';

const WARM = `PATCH Sandbox ${M} ‖ ${RECORD}`;

describe('several Sandboxes of one claim', () => {
  test.each<[string, SandboxClaim, Sandbox, Sandbox, string]>([
    ['that which is published', bound(), owned('alice', { creationTimestamp: '2026-11-24T10:00:00Z' }), owned(M, {}, { status: UNREADY }), M],
    [
      'else that which is recorded',
      claim({}, { metadata: { annotations: { [ANNOTATIONS.sandboxName]: M } } }),
      owned('alice'),
      owned(M, {}, { status: UNREADY }),
      M,
    ],
    ['else that which is Ready', claim(), owned('alice', { creationTimestamp: '2026-11-24T10:00:00Z' }, { status: UNREADY }), owned(M), M],
    ['else the older', claim(), owned('alice', { creationTimestamp: '2026-11-24T10:00:00Z' }), owned(M), 'alice'],
  ])('are read, and then only %s stays', (_, of, one, other, kept) => {
    const scene = new Scene(of, one, other);
    const gone = kept === M ? 'alice' : M;
    const { trips } = scene.pass();
    expect(trips.slice(0, 2)).toEqual([`GET claim alice ‖ GET Sandbox alice ‖ GET Sandbox ${M}`, `DELETE Sandbox ${gone}`]);
    expect([scene.sandbox(gone), scene.claim.status?.sandbox?.name]).toEqual([undefined, kept]);
    expect(scene.pass().trips).toEqual([]);
  });

  test('the deletion names UID and version; when something has changed all are read again', () => {
    const scene = new Scene(bound(), owned('alice'), owned(M));
    let conflicts = 1;
    scene.fault = (action) => (action.do === 'delete' && conflicts-- > 0 ? 'conflict' : undefined);
    const reads = `GET claim alice ‖ GET Sandbox alice ‖ GET Sandbox ${M}`;
    expect(scene.pass().trips).toEqual([reads, 'DELETE Sandbox alice (conflict)', reads, 'DELETE Sandbox alice']);
  });

  test('one that terminates already is left to it', () => {
    expect(new Scene(bound(), owned('alice', { deletionTimestamp: 'now' }), owned(M)).pass().trips).toEqual([]);
  });
});

describe('an expired claim', () => {
  const lifecycle = (shutdownPolicy?: 'Delete' | 'DeleteForeground' | 'Retain') => ({
    lifecycle: { shutdownTime: '2029-12-31T00:00:00Z', ...(shutdownPolicy && { shutdownPolicy }) },
  });
  const EXPIRED = 'ClaimExpired: Claim expired. Sandbox cleanup initiated.';

  test.each<[string, SandboxClaim, readonly string[], readonly string[]]>([
    [
      '25: Delete',
      bound(lifecycle('Delete')),
      [STATUS, 'DELETE claim alice'],
      ['ClaimExpired: Claim expired', 'ClaimExpired: Deleting Claim (ShutdownPolicy=Delete)'],
    ],
    [
      '27: DeleteForeground',
      bound(lifecycle('DeleteForeground')),
      [STATUS, 'DELETE claim alice'],
      ['ClaimExpired: Claim expired', 'ClaimExpired: Deleting Claim (ShutdownPolicy=DeleteForeground)'],
    ],
    ['28: Retain, which is the default', bound(lifecycle()), [STATUS, `DELETE Sandbox ${M}`, STATUS], ['ClaimExpired: Claim expired']],
  ])('is marked before anything is deleted: %s', (_, of, trips, events) => {
    const scene = new Scene(owned(), of);
    expect(scene.pass()).toMatchObject({ trips, events });
    expect(scene.pass().trips).toEqual([]);
  });

  test('deletes in the foreground where that is asked for', () => {
    const marked = { ...bound(lifecycle('DeleteForeground')), status: { conditions: [condition('Ready', 'False', 'ClaimExpired')] } };
    expect(new Scene(marked).actions).toMatchObject([{ do: 'delete', propagation: 'Foreground', uid: 'claim-uid' }]);
  });

  test('26: is Finished and expired while its Sandbox terminates, and after it', () => {
    const ended = { conditions: [FINISHED, condition('Ready', 'False', 'PodFailed', 'Pod failed')] };
    const scene = new Scene(owned(M, { finalizers: ['test/hold'] }, { status: ended }), bound({ lifecycle: { ttlSecondsAfterFinished: 0 } }));
    expect(scene.pass().trips).toEqual([STATUS, `DELETE Sandbox ${M}`]);
    const told = () => [scene.status, scene.claim.status?.conditions?.find(({ type }) => type === 'Finished')?.reason];
    expect(told()).toEqual([EXPIRED, 'PodFailed']);
    scene.remove(`Sandbox ${M}`);
    expect(scene.pass().trips).toEqual([STATUS]);
    expect([...told(), scene.claim.status?.sandbox]).toEqual([EXPIRED, 'PodFailed', undefined]);
  });

  test('25: expires at the earlier time, and not before', () => {
    const scene = new Scene(
      owned(M, {}, { status: { conditions: [FINISHED, READY] } }),
      bound({ lifecycle: { ttlSecondsAfterFinished: 60, shutdownTime: '2030-01-01T00:00:05Z' } }),
    );
    expect(scene.pass()).toMatchObject({ trips: [STATUS], last: { againMs: 5000 } });
  });

  test('leaves a Sandbox of somebody else alone, and goes on saying so', () => {
    const scene = new Scene(member(M), bound(lifecycle()));
    scene.pass();
    expect(scene.status).toBe(`ClaimExpired: Claim expired. sandbox not owned by this claim: sandbox "${M}" is not owned by claim "alice"; deletion skipped.`);
    expect([scene.sandbox(M) !== undefined, scene.claim.status?.sandbox, scene.pass().trips]).toEqual([true, undefined, []]);
  });

  test('is not told of a Sandbox that it has not been told of before', () => {
    const scene = new Scene(owned(), claim(lifecycle()));
    expect(scene.pass().trips).toEqual([STATUS, `DELETE Sandbox ${M}`]);
    expect([scene.status, scene.claim.status?.sandbox]).toEqual([EXPIRED, undefined]);
  });

  test('stays marked while the deletion fails, and tries again', () => {
    const scene = new Scene(owned(), bound(lifecycle()));
    scene.fault = refusing('expiry');
    expect(scene.pass()).toMatchObject({ last: { isFailed: true } });
    expect([scene.status, scene.pass().trips]).toEqual([EXPIRED, [`DELETE Sandbox ${M} (refused)`]]);
  });

  test('goes on to its end when its full status is refused', () => {
    const scene = new Scene(owned(), bound(lifecycle()));
    scene.fault = ({ step }) => (step === 'status' ? { isPermanent: true } : undefined);
    expect(scene.pass().trips).toEqual([`${STATUS} (refused)`, STATUS]);
    expect([scene.status, scene.pass().trips[0]]).toEqual([EXPIRED, `DELETE Sandbox ${M}`]);
  });

  test('takes no member, and lives again when its time is put off', () => {
    const scene = new Scene(member(), claim(lifecycle()));
    scene.pass();
    expect([scene.status, scene.promised.size]).toEqual([EXPIRED, 0]);
    scene.put({ ...scene.claim, spec: claim({ lifecycle: { shutdownTime: '2031-01-01T00:00:00Z' } }).spec } as SandboxClaim);
    expect(scene.pass().trips).toEqual([WARM, STATUS]);
  });

  test('2: the sooner of expiry and the next look is armed', () => {
    const soon = claim({ lifecycle: { shutdownTime: '2030-01-01T00:00:05Z' } });
    expect(new Scene(soon).remove('pool pool').pass().last?.againMs).toBe(5000);
    expect(new Scene().remove('pool pool').pass().last?.againMs).toBe(60_000);
    const failing = new Scene(soon, member());
    failing.fault = refusing('transfer');
    expect(failing.pass().last).toMatchObject({ isFailed: true, againMs: 5000 });
  });
});
