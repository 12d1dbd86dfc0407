/** A priority queue out of which anything can be taken: adding, removing and moving cost O(log n), looking at the first nothing. */
export class Heap<T> implements Iterable<T> {
  private readonly items: T[] = [];
  private readonly places = new Map<T, number>();

  /** `isBefore` is a strict order; what it says of an item may change only together with `moved`. */
  public constructor(private readonly isBefore: (one: T, other: T) => boolean) {}

  public get size(): number {
    return this.items.length;
  }

  public get first(): T | undefined {
    return this.items[0];
  }

  /** In no particular order. */
  public [Symbol.iterator](): Iterator<T> {
    return this.items[Symbol.iterator]();
  }

  /** Adds an item; one that is there already finds its new place. */
  public add(item: T): void {
    if (this.places.has(item)) return this.moved(item);
    this.put(item, this.items.length);
    this.moved(item);
  }

  public remove(item: T): void {
    const place = this.places.get(item);
    if (place === undefined) return;
    const last = this.items.pop();
    this.places.delete(item);
    if (last === undefined || last === item) return;
    this.put(last, place);
    this.moved(last);
  }

  /** The item's rank has changed. */
  public moved(item: T): void {
    const place = this.places.get(item);
    if (place === undefined) return;
    this.sink(item, this.rise(item, place));
  }

  private rise(item: T, from: number): number {
    let place = from;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = this.items[parentPlace];
      if (parent === undefined || !this.isBefore(item, parent)) break;
      this.put(parent, place);
      place = parentPlace;
    }
    this.put(item, place);
    return place;
  }

  private sink(item: T, from: number): void {
    let place = from;
    for (;;) {
      const childPlace = this.firstChildOf(place);
      const child = this.items[childPlace];
      if (child === undefined || !this.isBefore(child, item)) break;
      this.put(child, place);
      place = childPlace;
    }
    this.put(item, place);
  }

  private firstChildOf(place: number): number {
    const left = this.items[2 * place + 1];
    const right = this.items[2 * place + 2];
    return left !== undefined && right !== undefined && this.isBefore(right, left) ? 2 * place + 2 : 2 * place + 1;
  }

  private put(item: T, place: number): void {
    this.items[place] = item;
    this.places.set(item, place);
  }
}
