import type { Clock } from './clock';
import { keyText, type Key } from './object';
import { causeOf, tellsWhatIsStored, type Outcome } from './outcome';
import { pause } from './pause';

export interface SettlementsOptions {
  readonly clock: Clock;
  /** Reads one object past the cache. */
  readonly read: (key: Key) => Promise<Outcome<unknown>>;
  /** Told why a read does not get on; `failures` counts those in a row. */
  readonly trouble: (key: Key, cause: string, failures: number) => void;
}

// Spec 08 §4.8.
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** Objects of which nobody knows what is stored, because a write had no known outcome: each is read until an answer tells it (spec 08 I10). */
export class Settlements {
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly stopped = new AbortController();

  constructor(private readonly options: SettlementsOptions) {}

  /** Resolves when it is known what is stored; undefined when it is known already. */
  public find(key: Key): Promise<void> | undefined {
    return this.underWay.get(keyText(key));
  }

  /** Resolves when nothing is unknown any more of what is unknown now. */
  public async all(): Promise<void> {
    await Promise.all(this.underWay.values());
  }

  /** Reads the object until an answer tells what is stored. A read that began before this call does not count. */
  public async settle(key: Key): Promise<void> {
    const text = keyText(key);
    const settling = this.readAfter(this.underWay.get(text), key);
    this.underWay.set(text, settling);
    await settling;
    if (this.underWay.get(text) === settling) this.underWay.delete(text);
  }

  /** Reads nothing any more, and lets everybody go who waits. */
  public stop(): void {
    this.stopped.abort();
  }

  private async readAfter(earlier: Promise<void> | undefined, key: Key): Promise<void> {
    const { clock, read, trouble } = this.options;
    const { signal } = this.stopped;
    await earlier;
    for (let failures = 1; !signal.aborted; failures++) {
      const outcome = await read(key);
      if (tellsWhatIsStored(outcome)) return;
      trouble(key, causeOf(outcome), failures);
      await pause(clock, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)), signal);
    }
  }
}
