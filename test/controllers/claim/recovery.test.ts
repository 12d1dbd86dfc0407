import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { recover } from '../../../src/controllers/claim/recovery';
import { Allocator } from '../../../src/controllers/members/allocator';
import { memberOf } from '../../../src/controllers/members/member';
import type { Sandbox, SandboxClaim } from '../../../src/controllers/shared/objects';
import { claim, pool } from './world';

const POOL = { uid: 'pool-uid', namespace: 'team', name: 'pool' };

const member = (name: string): Sandbox => ({
  metadata: {
    ...{ name, namespace: 'team', uid: name, resourceVersion: '1', creationTimestamp: '2026-11-24T10:00:00Z' },
    labels: { [LABELS.templateRefHash]: 'h' },
  },
  spec: { podTemplate: { spec: { containers: [] } } },
});

const made = (name: string, second: number, more: { readonly record?: string; readonly deletionTimestamp?: string } = {}): SandboxClaim =>
  claim(
    {},
    {
      metadata: {
        ...{ name, uid: `uid-of-${name}`, creationTimestamp: `2026-11-24T11:00:0${second}Z` },
        ...(more.record !== undefined && { annotations: { [ANNOTATIONS.sandboxName]: more.record } }),
        ...(more.deletionTimestamp !== undefined && { deletionTimestamp: more.deletionTimestamp }),
      },
    },
  );

function begin(claims: readonly SandboxClaim[], owners: readonly string[] = []) {
  const allocator = new Allocator();
  for (const name of ['m1', 'm2']) allocator.put(POOL, memberOf(member(name), undefined, true));
  const woken: string[] = [];
  recover(
    {
      ...{ allocator, pools: { find: () => pool() }, claims: new Map(claims.map((one) => [one.metadata.name, one])) },
      sandboxes: { ownedBy: (uid) => (owners.includes(uid) ? [member('owned')] : []) },
    },
    ({ name }) => woken.push(name),
  );
  const offered = ({ metadata }: SandboxClaim): string => {
    const asking = { key: { namespace: 'team', name: metadata.name }, uid: metadata.uid, createdAt: metadata.creationTimestamp };
    const offer = allocator.offer(asking, { pool: POOL, waitsFor: 'nothing' });
    return offer.result === 'member' ? offer.sandbox.metadata.name : offer.result;
  };
  return { woken, offered };
}

test('claims without a Sandbox are served in the order of their age, the others are left to the backlog', () => {
  const gone = made('gone', 0, { deletionTimestamp: '2026-11-24T12:00:00Z' });
  expect(begin([made('young', 5), made('old', 1), made('bound', 0), gone], ['uid-of-bound']).woken).toEqual(['old', 'young']);
});

test('a member that is recorded is kept for its claim, even while it has no address', () => {
  const [older, younger] = [made('older', 1), made('younger', 5, { record: 'm1' })];
  const { offered } = begin([older, younger]);
  expect([offered(younger), offered(older)]).toEqual(['m1', 'none']);
});

test('of two claims that name one member the older has it', () => {
  const [older, younger] = [made('older', 1, { record: 'm1' }), made('younger', 5, { record: 'm1' })];
  const { offered } = begin([younger, older]);
  expect([offered(younger), offered(older)]).toEqual(['none', 'm1']);
});
