/** A priority queue out of which anything can be taken: adding, removing and moving cost O(log n), looking at the first nothing. */
export class Heap<T> implements Iterable<T> {
  private readonly slots: Slot<T>[] = [];
  private readonly byItem = new Map<T, Slot<T>>();

  /** `isBefore` is a strict order; what it says of an item may change only together with `moved`. */
  public constructor(private readonly isBefore: (one: T, other: T) => boolean) {}

  public get size(): number {
    return this.slots.length;
  }

  public get first(): T | undefined {
    return this.slots[0]?.item;
  }

  /** In no particular order. */
  public [Symbol.iterator](): Iterator<T> {
    return this.byItem.keys();
  }

  /** Adds an item; one that is there already finds its new place. */
  public add(item: T): void {
    if (this.byItem.has(item)) return this.moved(item);
    const slot = { item, place: this.slots.length };
    this.byItem.set(item, slot);
    this.slots.push(slot);
    this.rise(slot);
  }

  public remove(item: T): void {
    const slot = this.byItem.get(item);
    if (slot === undefined) return;
    const last = this.slots.pop();
    this.byItem.delete(item);
    if (last === undefined || last === slot) return;
    this.put(last, slot.place);
    this.settle(last);
  }

  /** The item's rank has changed. */
  public moved(item: T): void {
    const slot = this.byItem.get(item);
    if (slot !== undefined) this.settle(slot);
  }

  private settle(slot: Slot<T>): void {
    this.rise(slot);
    this.sink(slot);
  }

  private rise(slot: Slot<T>): void {
    let { place } = slot;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = this.slots[parentPlace];
      if (parent === undefined || !this.isBefore(slot.item, parent.item)) break;
      this.put(parent, place);
      place = parentPlace;
    }
    this.put(slot, place);
  }

  private sink(slot: Slot<T>): void {
    let { place } = slot;
    for (;;) {
      const child = this.firstChildOf(place);
      if (child === undefined || !this.isBefore(child.item, slot.item)) break;
      const { place: childPlace } = child;
      this.put(child, place);
      place = childPlace;
    }
    this.put(slot, place);
  }

  private firstChildOf(place: number): Slot<T> | undefined {
    const left = this.slots[2 * place + 1];
    const right = this.slots[2 * place + 2];
    return left !== undefined && right !== undefined && this.isBefore(right.item, left.item) ? right : left;
  }

  private put(slot: Slot<T>, place: number): void {
    this.slots[place] = slot;
    slot.place = place;
  }
}

/** An item and where it is now: to move it costs no look into a map. */
interface Slot<T> {
  readonly item: T;
  place: number;
}
