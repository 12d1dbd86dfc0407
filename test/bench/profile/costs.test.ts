import fc from 'fast-check';
import { allocationsOf, callsOf, costsOf, type Call } from './costs';
import type { CallFrame, Place } from './place';

const frame = (functionName: string): CallFrame => ({ functionName, url: '', lineNumber: 0, columnNumber: 0 });
/** Functions are named `room.function`; those of rooms `a` and `b` are ours. */
const placeOf = ({ functionName }: CallFrame): Place => {
  const [room = '', name = ''] = functionName.split('.');
  return { owner: room === 'a' || room === 'b' ? 'ours' : 'package', room, name };
};
const call = (name: string, self: number, ...children: readonly Call[]): Call => ({ callFrame: frame(name), self, children });

test('what a package does counts for the nearest room above it that is ours', () => {
  const { rooms, owners, all } = costsOf(call('a.f', 1, call('npm.g', 2, call('b.h', 4, call('npm.g', 8))), call('npm.k', 16)), placeOf);
  expect(rooms).toEqual([
    { what: 'npm', self: 26 },
    { what: 'b', self: 4, total: 12 },
    { what: 'a', self: 1, total: 19 },
  ]);
  expect(owners).toEqual([
    { what: 'npm packages', self: 26 },
    { what: 'code of this project', self: 5, total: 31 },
  ]);
  expect(all).toBe(31);
});

test('a room that only lets others work is listed too', () => {
  expect(costsOf(call('a.f', 0, call('npm.g', 2)), placeOf).functions).toEqual([
    { what: '`g` npm', self: 2 },
    { what: '`f` a', self: 0, total: 2 },
  ]);
});

const LEAF = fc.record({ name: fc.constantFrom('a.f', 'a.g', 'b.f', 'npm.f', 'other.f'), self: fc.nat(9) });
/** Each call is below the first or below one of those before it. */
const CALLS = fc.array(fc.tuple(LEAF, fc.nat()), { minLength: 1, maxLength: 20 }).map((entries) => {
  const nodes = entries.map(([{ name, self }]) => ({ callFrame: frame(name), self, children: [] as Call[] }));
  for (const [index, node] of nodes.entries()) if (index > 0) nodes[(entries[index]?.[1] ?? 0) % index]?.children.push(node);
  return nodes[0] ?? call('a.f', 0);
});

test('nothing is lost and nothing counts twice, however the calls are nested', () => {
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  fc.assert(
    fc.property(CALLS, (root) => {
      const { all, owners, rooms, functions } = costsOf(root, placeOf);
      const selves = (node: Call): number => node.self + sum(node.children.map(selves));
      expect(all).toBe(selves(root));
      for (const costs of [owners, rooms, functions]) {
        expect(sum(costs.map(({ self }) => self))).toBe(all);
        expect(sum(costs.map(({ total = 0 }) => total))).toBeLessThanOrEqual(all);
      }
    }),
  );
});

test('samples in which the program waited are left out', () => {
  const node = (id: number, name: string, hitCount: number, children: number[]) => ({ id, callFrame: { ...frame(name), scriptId: '0' }, hitCount, children });
  const nodes = [node(1, '(root)', 0, [2, 3]), node(2, '(idle)', 70, []), node(3, 'a.f', 30, [])];
  expect(costsOf(callsOf({ nodes, startTime: 0, endTime: 1 }), placeOf).all).toBe(30);
});

test('allocations are those of all functions', () => {
  const node = (id: number, name: string, selfSize: number) => ({ id, callFrame: { ...frame(name), scriptId: '0' }, selfSize, children: [] });
  const head = { ...node(1, '(root)', 0), children: [node(2, 'a.f', 500), node(3, 'b.f', 40)] };
  expect(costsOf(allocationsOf({ head }), placeOf).all).toBe(540);
});
