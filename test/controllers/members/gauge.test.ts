import { countMembers } from '../../../src/controllers/members/gauge';
import { systemClock } from '../../../src/runtime/clock';
import { Metrics } from '../../../src/runtime/metrics';

test('members are counted by what claims may do with them, each once, and the claims that wait', async () => {
  const metrics = new Metrics(systemClock);
  const pool = { uid: 'u', namespace: 'team', name: 'pool' };
  const reserved = ['a', 'b', 'c'].map((name) => ({ namespace: 'team', name }));
  let counts = [{ ...pool, free: 5, starting: 4, reserved, waiting: 2 }];
  const allocator = {
    get counts() {
      return counts;
    },
  };
  countMembers(metrics, allocator, { isInDoubt: ({ name }) => name === 'b', heldIn: ({ uid }) => (uid === 'u' ? 3 : 0) });
  const lines = async () => (await metrics.text()).split('\n').filter((line) => /^agent_sandbox_ext_(members|claims_waiting)/.test(line));
  const of = (state: string, count: number) => `agent_sandbox_ext_members{namespace="team",pool="pool",state="${state}"} ${count}`;
  expect(await lines()).toEqual([
    ...[of('free', 5), of('starting', 1), of('reserved', 2), of('in_doubt', 1), of('held', 3)],
    'agent_sandbox_ext_claims_waiting{namespace="team",pool="pool"} 2',
  ]);
  counts = [];
  expect(await lines()).toEqual([]);
});
