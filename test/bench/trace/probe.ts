/** A request of a program, as its HTTP client tells of it; times are milliseconds since 1970, exact to a microsecond. */
export interface Exchange {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly askedMs: number;
  /** When its head was written: a connection was free, and so was the processor. */
  sentMs?: number;
  /** When all of the answer was there; a watch has none. */
  answeredMs?: number;
}

/** Bytes that came for a watch. */
export interface Chunk {
  readonly path: string;
  readonly atMs: number;
  /** The names of objects in it. */
  readonly names: readonly string[];
}

/** What a program sent and heard. */
export interface Recording {
  readonly exchanges: Exchange[];
  readonly chunks: Chunk[];
}

interface Message {
  readonly request: { readonly method: string; readonly path: string };
  readonly chunk?: Uint8Array;
}

/** Listens to what undici says on its channels of diagnostics, in whatever process this runs. It imports nothing, so that it can be put into one by its inspector. */
export function listen(): Recording {
  const { subscribe } = process.getBuiltinModule('node:diagnostics_channel');
  const recording: Recording = { exchanges: [], chunks: [] };
  const open = new WeakMap<object, Exchange>();
  const nowMs = (): number => performance.timeOrigin + performance.now();
  const on = (event: string, hear: (message: Message) => void): void =>
    // undici gives such messages on all of these channels.
    subscribe(`undici:${event}`, (message) => hear(message as Message));
  on('request:create', ({ request }) => {
    const exchange = { method: request.method, path: request.path, askedMs: nowMs() };
    open.set(request, exchange);
    recording.exchanges.push(exchange);
  });
  on('client:sendHeaders', ({ request }) => {
    const exchange = open.get(request);
    if (exchange) exchange.sentMs = nowMs();
  });
  on('request:trailers', ({ request }) => {
    const exchange = open.get(request);
    if (exchange) exchange.answeredMs = nowMs();
  });
  on('request:bodyChunkReceived', ({ request: { path }, chunk }) => {
    if (!path.includes('watch=')) return;
    const atMs = nowMs();
    const names = Buffer.from(chunk ?? [])
      .toString('utf8')
      .matchAll(/"name":"([^"]+)"/g);
    recording.chunks.push({ path, atMs, names: [...new Set([...names].map(([, name = '']) => name))] });
  });
  return recording;
}
