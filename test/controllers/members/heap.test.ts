import fc from 'fast-check';
import { Heap } from '../../../src/controllers/members/heap';

interface Item {
  rank: number;
  readonly id: number;
}

const isBefore = (one: Item, other: Item): boolean => (one.rank === other.rank ? one.id < other.id : one.rank < other.rank);

const steps = fc.array(fc.record({ id: fc.nat({ max: 15 }), do: fc.constantFrom('add', 'remove', 'move'), rank: fc.nat({ max: 9 }) }), {
  maxLength: 60,
  size: 'max',
});

test('whatever is added, removed and moved, the first is the one before all others', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const items = Array.from({ length: 16 }, (_, id): Item => ({ id, rank: id }));
      const heap = new Heap(isBefore);
      const inside = new Set<Item>();
      for (const step of history) {
        const item = items[step.id];
        if (!item) continue;
        if (step.do === 'remove') {
          heap.remove(item);
          inside.delete(item);
        } else {
          item.rank = step.rank;
          if (step.do === 'add') inside.add(item);
          if (step.do === 'add') heap.add(item);
          else heap.moved(item);
        }
        expect(heap.first).toBe([...inside].sort((a, b) => (isBefore(a, b) ? -1 : 1))[0]);
        expect(new Set(heap)).toEqual(inside);
        expect(heap.size).toBe(inside.size);
      }
    }),
  );
});
