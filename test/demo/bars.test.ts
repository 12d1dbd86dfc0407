import { bars, writesPerClaim } from './bars';

test('the longest value has the longest bar, and the shortest one can be seen', () => {
  expect(
    bars([
      { label: 'a', ms: 100 },
      { label: 'claim-2', ms: 50 },
      { label: 'b', ms: 0.1 },
    ]),
  ).toEqual([`  a        100.0 ms  ${'█'.repeat(40)}`, `  claim-2   50.0 ms  ${'█'.repeat(20)}`, '  b          0.1 ms  █']);
});

const write = (verb: string, resource: string, name: string) => ({ verb, resource, name });

test('writes are counted by sort and for each claim, without those of other objects', () => {
  const writes = [
    write('patch', 'sandboxclaims', 'a'),
    write('patch', 'sandboxes', 'x'),
    write('patch', 'sandboxclaims', 'b'),
    write('create', 'pods', 'other'),
  ];
  expect(writesPerClaim(writes, new Set(['a', 'b', 'x']), 2)).toBe('1.00 patch sandboxclaims, 0.50 patch sandboxes');
});

test('what makes a member is counted for no claim, what makes the Sandbox of a cold claim is', () => {
  const writes = [
    write('create', 'sandboxes', 'member'),
    write('patch', 'sandboxes/status', 'member'),
    write('patch', 'sandboxes', 'member'),
    write('patch', 'pods', 'member'),
    write('create', 'sandboxes', 'cold'),
  ];
  expect(writesPerClaim(writes, new Set(['member', 'cold']), 1)).toBe('1.00 patch sandboxes, 1.00 patch pods, 1.00 create sandboxes');
});
