/** A stream of numbers that its seed determines (sfc32: 128 bits of state, no visible pattern in neighbouring seeds). */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number) {
    this.a = seed | 0;
    this.b = (seed / 0x1_0000_0000) | 0;
    this.c = 0x9e3779b9 | 0;
    // Until the state is mixed, streams of neighbouring seeds begin alike.
    for (let round = 0; round < 15; round++) this.next();
  }

  /** A whole number from 0 to 2³²−1. */
  public next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number from 0 up to, not including, 1. */
  public fraction(): number {
    return this.next() / 0x1_0000_0000;
  }

  /** A whole number from 0 to `limit` − 1. */
  public below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** A whole number from `least` to `most`. */
  public between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in this share of the cases. */
  public chance(share: number): boolean {
    return this.fraction() < share;
  }

  /** One of the items; throws if there is none. */
  public pick<T>(items: readonly T[]): T {
    const index = this.below(items.length);
    if (index >= items.length) throw new Error('cannot pick from an empty list');
    // The index is inside the list.
    return items[index] as T;
  }

  /** Another stream that depends on this one's state, so that what draws from it does not disturb this one. */
  public fork(): Random {
    return new Random(this.next() * 0x10_0000 + (this.next() >>> 12));
  }
}
