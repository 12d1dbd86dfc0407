import type { Clock } from '../../src/runtime/clock';
import type { KubeObject } from '../../src/runtime/object';
import type { ApiRequest, Reply, Transport, WatchRequest, WatchSink } from '../../src/runtime/transport';
import { granted, lost, refused } from './scripted-transport';

type Event = readonly ['ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', KubeObject];

interface Watch {
  readonly sink: WatchSink;
  readonly waiting: Event[];
  readonly delivered: Event[];
  isOpen: boolean;
  isSilent: boolean;
}

const PAGE = 2;

/**
 * As much of an API server as a watch needs: objects of one resource with versions, a log of changes that can be compacted, watches that
 * deliver when they are told to, and every way in which they can end.
 */
export class SmallServer implements Transport {
  public readonly objects = new Map<string, KubeObject>();
  /** UIDs that are gone. */
  public readonly ended = new Set<string>();
  /** How long an answer takes. */
  public delayMs = 0;
  /** What becomes of the next request: its answer is lost, before or after it was carried out. */
  public fault?: 'before' | 'after';
  public doesInitialEvents = true;
  private version = 0;
  private compacted = 0;
  private readonly log: Event[] = [];
  private readonly watches: Watch[] = [];
  private readonly pages: { readonly items: readonly KubeObject[]; readonly version: number }[] = [];

  constructor(private readonly clock: Clock) {}

  public create(name: string): Reply {
    if (this.objects.has(name)) return refused(409, { reason: 'AlreadyExists' });
    this.version++;
    return granted(
      this.store('ADDED', { name, namespace: 'team', uid: `${name}/${this.version}`, creationTimestamp: '2030-01-01T00:00:00Z', resourceVersion: '' }),
    );
  }

  public patch(name: string): Reply {
    const old = this.objects.get(name);
    if (!old) return refused(404);
    this.version++;
    return granted(this.store('MODIFIED', old.metadata));
  }

  public delete(name: string): Reply {
    const old = this.objects.get(name);
    if (!old) return refused(404);
    this.version++;
    const object = { metadata: { ...old.metadata, resourceVersion: String(this.version) } };
    this.objects.delete(name);
    this.ended.add(old.metadata.uid);
    this.happen(['DELETED', object]);
    return granted({ kind: 'Status' });
  }

  public send(request: ApiRequest): Promise<Reply> {
    const { fault } = this;
    this.fault = undefined;
    const reply = fault === 'before' ? lost() : this.answer(request);
    return new Promise((resolve) => this.clock.after(this.delayMs, () => resolve(fault === 'after' ? lost() : reply)));
  }

  public watch(request: WatchRequest, sink: WatchSink): () => void {
    const watch: Watch = { sink, waiting: [], delivered: [], isOpen: true, isSilent: false };
    this.watches.push(watch);
    // Nothing is delivered before `watch` has returned.
    this.clock.after(0, () => this.begin(watch, request));
    return () => (watch.isOpen = false);
  }

  /** Lets the open watch deliver so many events. */
  public deliver(count: number): void {
    const watch = this.open;
    if (!watch || watch.isSilent) return;
    for (const event of watch.waiting.splice(0, count)) {
      watch.delivered.push(event);
      watch.sink.event(...event);
    }
  }

  /** Delivers an event of this watch once more. */
  public repeat(which: number): void {
    const events = this.open?.delivered.filter(([type]) => type !== 'BOOKMARK') ?? [];
    const event = events[which % events.length];
    if (event && !this.open?.isSilent && !this.isInitial) this.open?.sink.event(...event);
  }

  /** The open watch delivers nothing any more, and does not say so. */
  public silence(): void {
    if (this.open) this.open.isSilent = true;
  }

  /** Ends the open watch; what it has not delivered is lost. */
  public end(status?: number): void {
    const watch = this.open;
    if (!watch) return;
    watch.isOpen = false;
    watch.sink.end(status, status === undefined ? 'connection lost' : `status ${status}`);
  }

  /** Forgets the log: who wants to go on from before gets 410. */
  public compact(): void {
    this.compacted = this.version;
  }

  /** A bookmark for the open watch. */
  public bookmark(): void {
    this.open?.waiting.push(bookmark(this.version, false));
  }

  private get open(): Watch | undefined {
    return this.watches.findLast(({ isOpen }) => isOpen);
  }

  /** The open watch has not delivered its first state yet. */
  private get isInitial(): boolean {
    return this.open?.waiting.some(([type, { metadata }]) => type === 'BOOKMARK' && metadata.annotations !== undefined) === true;
  }

  private begin(watch: Watch, { initialEvents, resourceVersion }: WatchRequest): void {
    if (!watch.isOpen) return;
    const from = Number(resourceVersion ?? this.version);
    const isRefused = initialEvents === true && !this.doesInitialEvents;
    if (isRefused || from < this.compacted) {
      watch.isOpen = false;
      watch.sink.end(isRefused ? 400 : 410, 'refused');
      return;
    }
    if (initialEvents) watch.waiting.push(...[...this.objects.values()].map((object): Event => ['ADDED', object]), bookmark(this.version, true));
    watch.waiting.push(...this.log.filter(([, { metadata }]) => Number(metadata.resourceVersion) > from));
  }

  private answer({ verb, name = '', body, query }: ApiRequest): Reply {
    if (verb === 'list') return this.page(Number(query?.continue ?? this.snapshot()));
    const object = this.objects.get(name);
    if (verb === 'get') return object ? granted(object) : refused(404);
    // A create carries the object that it wants, with its name.
    if (verb === 'create') return this.create((body as KubeObject).metadata.name);
    return verb === 'patch' ? this.patch(name) : this.delete(name);
  }

  private snapshot(): number {
    return this.pages.push({ items: [...this.objects.values()], version: this.version }) * 1000;
  }

  /** The token of a page is the number of its snapshot and that of its first object. */
  private page(token: number): Reply {
    const start = token % 1000;
    const { items = [], version = 0 } = this.pages[Math.floor(token / 1000) - 1] ?? {};
    const next = start + PAGE < items.length ? String(token + PAGE) : '';
    return granted({ items: items.slice(start, start + PAGE), metadata: { resourceVersion: String(version), continue: next } });
  }

  private store(type: 'ADDED' | 'MODIFIED', metadata: KubeObject['metadata']): KubeObject {
    const object = { metadata: { ...metadata, resourceVersion: String(this.version) } };
    this.objects.set(metadata.name, object);
    this.happen([type, object]);
    return object;
  }

  private happen(event: Event): void {
    this.log.push(event);
    for (const watch of this.watches) if (watch.isOpen) watch.waiting.push(event);
  }
}

function bookmark(version: number, isEnd: boolean): Event {
  const metadata = { name: '', uid: '', creationTimestamp: '', resourceVersion: String(version) };
  return ['BOOKMARK', { metadata: { ...metadata, ...(isEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }) } }];
}
