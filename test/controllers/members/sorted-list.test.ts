import fc from 'fast-check';
import { SortedList } from '../../../src/controllers/members/sorted-list';

interface Item {
  readonly rank: number;
  readonly id: number;
}

const isBefore = (one: Item, other: Item): boolean => (one.rank === other.rank ? one.id < other.id : one.rank < other.rank);

const ranks = fc.array(fc.nat({ max: 4 }), { minLength: 16, maxLength: 16 });
const steps = fc.array(fc.record({ id: fc.nat({ max: 15 }), isAdded: fc.boolean() }), { maxLength: 60, size: 'max' });

test('whatever is added and removed, the first is the one before all others', () => {
  fc.assert(
    fc.property(ranks, steps, (ofItems, history) => {
      const items = ofItems.map((rank, id): Item => ({ id, rank }));
      const list = new SortedList(isBefore);
      const inside = new Set<Item>();
      for (const { id, isAdded } of history) {
        const item = items[id];
        if (!item) continue;
        if (isAdded) {
          list.add(item);
          inside.add(item);
        } else {
          list.remove(item);
          inside.delete(item);
        }
        expect(list.first).toBe([...inside].sort((a, b) => (isBefore(a, b) ? -1 : 1))[0]);
        expect(list.size).toBe(inside.size);
      }
    }),
  );
});

test('an item of equal rank that is not in the list removes nothing', () => {
  const list = new SortedList(isBefore);
  const item = { rank: 1, id: 1 };
  list.add(item);
  list.remove({ ...item });
  expect(list.first).toBe(item);
});
