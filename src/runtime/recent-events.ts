// Enough for what anything between us and the server could hold back.
const REMEMBERED = 1024;

/** Recognises an event that has come before. A watch should not repeat itself, but what stands between us and the server may (spec 07 §6). */
export class RecentEvents {
  private readonly seen = new Set<string>();

  /** False when it was asked about the same event lately. */
  public isNew(event: string): boolean {
    if (this.seen.has(event)) return false;
    this.seen.add(event);
    if (this.seen.size > REMEMBERED) this.forgetOldest();
    return true;
  }

  public clear(): void {
    this.seen.clear();
  }

  private forgetOldest(): void {
    // A Set keeps the order in which its members came.
    for (const oldest of this.seen) {
      this.seen.delete(oldest);
      return;
    }
  }
}
