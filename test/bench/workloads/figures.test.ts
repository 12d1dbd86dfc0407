import { figuresOf, type Plan } from './figures';

const PLAN: Plan = { workload: 'w', unit: 'claim', ready: 'r', arrival: 'a', pool: 3, refill: 'off' };
const MEASURED = { givenTwice: 1, load: [1, 2] as const, cost: { etcdPuts: 3 } };
const claims = [
  { name: 'warm', ms: 3, sandbox: 'member' },
  { name: 'cold', ms: 2, sandbox: 'cold' },
  { name: 'lost', ms: 9, failure: 'not Ready in time' },
];

test('times are those of what did not fail, in order, and warm is what got a member', () => {
  expect(figuresOf(PLAN, { ...MEASURED, claims, wallMs: 9 })).toEqual({
    ...PLAN,
    ...MEASURED,
    ...{ round: 1, count: 3, wallMs: 9, warm: 1, latenciesMs: [3, 2], failures: [{ name: 'lost', reason: 'not Ready in time' }] },
  });
});

test('what was not timed one by one is counted all the same, and what was measured beside it kept', () => {
  const beside = { what: 'raw', ms: [1] };
  expect(figuresOf({ ...PLAN, round: 2 }, { ...MEASURED, claims: [], count: 7, wallMs: 9, beside })).toMatchObject({
    round: 2,
    count: 7,
    beside,
    latenciesMs: [],
  });
});
