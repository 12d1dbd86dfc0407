import { keyOf, keyText, type KubeObject } from '../../../src/runtime/object';
import type { WatchRequest, WatchSink } from '../../../src/runtime/transport';
import type { ApiModel } from '../api/api-model';
import type { WatchSource } from '../api/watch-source';
import type { Process } from './process';
import type { Weather } from './weather';

// The server sends one about every minute, and one at the end.
const BOOKMARK_MS = 60_000;

type Item =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubeObject }
  | { readonly type: 'END'; readonly status: number | undefined; readonly message: string };

/** What happens to a watch as a whole. */
export type WatchFault = 'ended' | 'silent' | 'expired' | 'doubled';

/** One watch between a process and the server: delivers in the server's order, each event after a delay of its own. */
export class WatchStream {
  private readonly waiting: Item[] = [];
  private source: WatchSource | undefined;
  private isOver = false;
  private isDelivering = false;
  private isDoubled = false;

  constructor(
    private readonly process: Process,
    private readonly weather: Weather,
    private readonly request: WatchRequest,
    private readonly sink: WatchSink,
  ) {}

  /** Sends the request; the server answers when it arrives. */
  public open(model: ApiModel): void {
    const { scheduler, latencyMs } = this.weather;
    scheduler.after(latencyMs(), () => {
      if (this.isOver || !this.process.isAlive) return;
      this.source = model.watch(this.request, {
        event: (type, object) => this.add({ type, object }),
        end: (status, message) => this.end(status, message),
      });
      this.bookmarkAfter(BOOKMARK_MS);
      scheduler.after(this.request.timeoutSeconds * 1000, () => {
        if (this.isOver) return;
        this.source?.bookmark();
        this.end(undefined, '');
      });
    });
  }

  /** The process stops the watch; it hears nothing of it any more. */
  public stop(): void {
    this.isOver = true;
    this.source?.stop();
  }

  /** Lets something happen to the watch. */
  public suffer(fault: WatchFault): void {
    if (fault === 'silent') this.stop();
    else if (fault === 'doubled') this.isDoubled = true;
    else if (fault === 'ended') this.end(undefined, 'connection lost');
    else this.end(410, 'too old resource version');
  }

  private bookmarkAfter(spanMs: number): void {
    this.weather.scheduler.after(spanMs, () => {
      if (this.isOver || !this.process.isAlive) return this.source?.stop();
      this.source?.bookmark();
      this.bookmarkAfter(spanMs);
    });
  }

  private add(item: Item): void {
    // Most of what happens in quiet times are bookmarks; in calm weather they take no time.
    if (item.type === 'BOOKMARK' && this.weather.isCalm && this.waiting.length === 0 && !this.process.isPaused)
      return this.process.deliver(() => this.pass(item));
    this.waiting.push(item);
    if (this.isDoubled) this.waiting.push(item);
    this.deliverNext();
  }

  private deliverNext(): void {
    if (this.isDelivering || this.waiting.length === 0) return;
    this.isDelivering = true;
    this.weather.scheduler.after(this.weather.latencyMs(), () =>
      this.process.deliver(() => {
        const item = this.waiting.shift();
        this.isDelivering = false;
        if (item && !this.isOver) this.pass(item);
        this.deliverNext();
      }),
    );
  }

  private pass(item: Item): void {
    const { resource } = this.request;
    if (item.type === 'END') {
      this.isOver = true;
      this.weather.tell(this.process.name, () => `sees the end of its watch of ${resource.plural}: ${item.status ?? ''} ${item.message}`);
      this.sink.end(item.status, item.message);
      return;
    }
    const { type, object } = item;
    if (type !== 'BOOKMARK') {
      this.process.hasSeen(resource.plural, type, object);
      this.weather.tell(this.process.name, () => `sees ${type} ${resource.kind} ${keyText(keyOf(object))} @${object.metadata.resourceVersion}`);
    }
    this.sink.event(type, object);
  }

  /** Everything that is on the way still arrives, then the end. */
  private end(status: number | undefined, message: string): void {
    this.source?.stop();
    this.waiting.push({ type: 'END', status, message });
    this.deliverNext();
  }
}
