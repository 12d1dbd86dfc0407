import type { Clock } from '../../../src/runtime/clock';
import { keyOf, keyText, type Key, type KubeObject, type Resource } from '../../../src/runtime/object';
import type { Transport } from '../../../src/runtime/transport';

// More than the minute between two bookmarks.
const WATCHDOG_MS = 100_000;
const AGAIN_MS = 1000;

/** Ways in which a mirror can be broken, each of which the simulation has to find. */
export interface MirrorMistakes {
  /** Trusts a connection that has gone silent. */
  readonly hasNoWatchdog?: boolean;
  /** Takes a new list without asking what is missing in it. */
  readonly forgetsDeletions?: boolean;
  /** Takes the answer to a write for newer than everything that the watch has told meanwhile. */
  readonly trustsAnswers?: boolean;
}

/** The objects of one resource as the program knows them. */
export class Mirror {
  private objects = new Map<string, KubeObject>();
  private readonly news = new Map<string, number>();
  private stopWatchdog = (): void => undefined;
  public isFilled = false;

  constructor(
    private readonly clock: Clock,
    private readonly transport: Transport,
    private readonly resource: Resource,
    private readonly onChange: (object: KubeObject) => void,
    private readonly mistakes: MirrorMistakes,
  ) {}

  public find(key: Key): KubeObject | undefined {
    return this.objects.get(keyText(key));
  }

  public all(): readonly KubeObject[] {
    return [...this.objects.values()];
  }

  /** A mark of what is known of an object now. */
  public mark(key: Key): number {
    return this.news.get(keyText(key)) ?? 0;
  }

  /** Takes over what an answer says, unless the watch has told of the object since the mark: who knows which of the two is newer. */
  public take(key: Key, object: KubeObject | undefined, mark: number): void {
    if (mark !== this.mark(key) && !this.mistakes.trustsAnswers) return;
    if (object) this.objects.set(keyText(key), object);
    else this.objects.delete(keyText(key));
  }

  /** Lists and watches, again and again. */
  public start(): void {
    const fresh = new Map<string, KubeObject>();
    let isListing = true;
    const stop = this.transport.watch(
      { resource: this.resource, namespace: '', initialEvents: true, timeoutSeconds: 400 },
      {
        event: (type, object) => {
          this.armWatchdog(stop);
          if (type === 'BOOKMARK') {
            if (isListing && object.metadata.annotations?.['k8s.io/initial-events-end']) this.replace(fresh);
            isListing = false;
          } else if (isListing) fresh.set(keyText(keyOf(object)), object);
          else this.apply(type, object);
        },
        end: () => this.startAgain(),
      },
    );
    this.armWatchdog(stop);
  }

  private startAgain(): void {
    this.stopWatchdog();
    this.clock.after(AGAIN_MS, () => this.start());
  }

  private armWatchdog(stop: () => void): void {
    this.stopWatchdog();
    if (this.mistakes.hasNoWatchdog) return;
    this.stopWatchdog = this.clock.after(WATCHDOG_MS, () => {
      stop();
      this.startAgain();
    });
  }

  private apply(type: string, object: KubeObject): void {
    const place = keyText(keyOf(object));
    this.news.set(place, this.mark(keyOf(object)) + 1);
    if (type === 'DELETED') this.objects.delete(place);
    else this.objects.set(place, object);
    this.onChange(object);
  }

  private replace(fresh: Map<string, KubeObject>): void {
    const old = this.objects;
    this.objects = this.mistakes.forgetsDeletions ? new Map([...old, ...fresh]) : fresh;
    this.isFilled = true;
    for (const object of [...old.values(), ...fresh.values()]) this.news.set(keyText(keyOf(object)), this.mark(keyOf(object)) + 1);
    for (const object of fresh.values()) this.onChange(object);
    for (const [place, object] of old) if (!this.objects.has(place)) this.onChange(object);
  }
}
