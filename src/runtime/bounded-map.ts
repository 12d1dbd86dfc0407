/** A map that forgets what was not looked up for longest when it has more than so many entries. */
export class BoundedMap<V> {
  private readonly entries = new Map<string, V>();

  constructor(
    private readonly limit: number,
    private readonly forgotten: (value: V) => void = () => undefined,
  ) {}

  public find(key: string): V | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) {
      // A Map keeps the order of insertion.
      this.entries.delete(key);
      this.entries.set(key, value);
    }
    return value;
  }

  public set(key: string, value: V): void {
    this.entries.set(key, value);
    const [oldest] = this.entries;
    if (oldest && this.entries.size > this.limit) {
      this.entries.delete(oldest[0]);
      this.forgotten(oldest[1]);
    }
  }

  public delete(key: string): void {
    this.entries.delete(key);
  }

  public values(): Iterable<V> {
    return this.entries.values();
  }
}
