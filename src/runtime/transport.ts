import type { KubeObject, Resource } from './object';

/**
 * The port to the API server: requests and answers as values. The real one speaks HTTP, the simulation's is a model in memory.
 * Everything above it (client, cache, controllers) is the same program in both.
 */
export interface Transport {
  /** Sends one request and waits for its answer. Never rejects: no answer is a value too. */
  send(request: ApiRequest, options: SendOptions): Promise<Reply>;
  /** Opens a watch. Events come in the server's order; after `end` nothing comes any more. Returns a function that stops it without `end`. */
  watch(request: WatchRequest, sink: WatchSink): () => void;
}

/** Which connections a request may use; no class can starve another (spec 07 §6). Writes of claims go before bulk, and events last (spec 08 §9). */
export type TrafficClass = 'claim' | 'bulk' | 'event' | 'background';

/** One request. Paths, verbs and content types of HTTP are the transport's business. */
export interface ApiRequest {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  readonly resource: Resource;
  /** Empty for a cluster-wide resource, and for a list over all namespaces. */
  readonly namespace: string;
  /** Absent for list and create. */
  readonly name?: string;
  readonly subresource?: 'status';
  /** The object to create, the JSON merge patch, or the DeleteOptions. */
  readonly body?: object;
  readonly query?: Readonly<Record<string, string>>;
}

export interface SendOptions {
  readonly traffic: TrafficClass;
  /** After this many milliseconds the outcome counts as unknown. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** What came back. Without an answer nobody knows whether the request was carried out. */
export type Reply =
  | { readonly answered: true; readonly status: number; readonly body: unknown; readonly retryAfterMs?: number }
  | { readonly answered: false; readonly cause: string };

/** One watch, from a resourceVersion on or, with `initialEvents`, from the present state, whose end a bookmark marks. */
export interface WatchRequest {
  readonly resource: Resource;
  /** Empty for all namespaces. */
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly resourceVersion?: string;
  /** Ask for the present state first (`sendInitialEvents`). */
  readonly initialEvents?: boolean;
  /** The server ends the watch after about this time. */
  readonly timeoutSeconds: number;
}

/** Receives what a watch delivers. */
export interface WatchSink {
  /** Of a bookmark only `metadata.resourceVersion` and `metadata.annotations` mean anything. */
  event(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: KubeObject): void;
  /** The watch is over: with the status of a refusal or of an ERROR event (410 and so on), or without one when the connection ended. */
  end(status: number | undefined, message: string): void;
}
