import type { KubeObject } from '../../src/runtime/object';
import type { ApiRequest, Reply, SendOptions, Transport, WatchRequest, WatchSink } from '../../src/runtime/transport';

/** A watch that somebody opened, to be answered by the test. */
export interface OpenWatch {
  readonly request: WatchRequest;
  readonly sink: WatchSink;
  isStopped: boolean;
}

/** A transport whose answers the test gives. */
export class ScriptedTransport implements Transport {
  public readonly sent: { readonly request: ApiRequest; readonly options: SendOptions }[] = [];
  public readonly watches: OpenWatch[] = [];
  /** Answers a request. */
  public answer: (request: ApiRequest) => Reply | Promise<Reply> = () => granted({});

  public send(request: ApiRequest, options: SendOptions): Promise<Reply> {
    this.sent.push({ request, options });
    return Promise.resolve(this.answer(request));
  }

  public watch(request: WatchRequest, sink: WatchSink): () => void {
    const watch: OpenWatch = { request, sink, isStopped: false };
    this.watches.push(watch);
    return () => (watch.isStopped = true);
  }

  /** The watch that was opened last. Throws when there is none, or when it is stopped. */
  public get open(): OpenWatch {
    const last = this.watches.at(-1);
    if (!last || last.isStopped) throw new Error(`no watch is open; ${this.watches.length} were opened`);
    return last;
  }
}

export const granted = (body: unknown, status = 200): Reply => ({ answered: true, status, body });
export const refused = (status: number, body: object = {}, retryAfterMs?: number): Reply => ({
  ...{ answered: true, status, body },
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
export const lost = (cause = 'connection lost'): Reply => ({ answered: false, cause });

/** A stored object. */
export function stored<T extends object = object>(
  name: string,
  resourceVersion: string,
  { uid = `uid-${name}`, ...rest }: { uid?: string } & T = {} as T,
): KubeObject & Omit<T, 'uid'> {
  return { metadata: { name, namespace: 'team', uid, resourceVersion, creationTimestamp: '2030-01-01T00:00:00Z' }, ...rest };
}
