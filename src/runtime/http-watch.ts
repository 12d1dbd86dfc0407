import type { Dispatcher } from 'undici';

import { LineSplitter } from './lines';
import type { KubeObject } from './object';
import type { WatchSink } from './transport';

// Enough of a refusal to say what it was.
const LONGEST_REFUSAL = 4096;

/** One watch over HTTP: a line of JSON for each event, until somebody ends it. */
export class HttpWatch implements Dispatcher.DispatchHandler {
  private readonly lines = new LineSplitter((text) => this.line(text));
  private controller?: Dispatcher.DispatchController;
  private status = 0;
  private refusal = '';
  private over = false;

  constructor(
    private readonly sink: WatchSink,
    private readonly answered: (status: number | undefined) => void,
  ) {}

  /** Stops it; the sink hears nothing any more. */
  public stop(): void {
    this.over = true;
    this.controller?.abort(new Error('stopped'));
  }

  public onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.over) controller.abort(new Error('stopped before it began'));
  }

  public onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.status = status;
    this.answered(status);
  }

  public onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.status === 200) this.lines.push(chunk);
    else if (this.refusal.length < LONGEST_REFUSAL) this.refusal += chunk.toString('utf8');
  }

  public onResponseEnd(): void {
    if (this.status === 200) this.end(undefined, 'the server ended the watch');
    else this.end(this.status, messageOf(this.refusal));
  }

  public onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.status === 0) this.answered(undefined);
    this.end(undefined, error.message);
  }

  /** Ends it from our side, as when there are no credentials. */
  public end(status: number | undefined, message: string): void {
    if (this.over) return;
    this.stop();
    this.sink.end(status, message);
  }

  private line(text: string): void {
    if (this.over) return;
    const event = eventOf(text);
    if (!event) this.end(undefined, `unreadable event: ${text.slice(0, 80)}`);
    else if (event.type === 'ERROR') this.end(event.object.code ?? 500, event.object.message ?? 'an ERROR event without a message');
    else this.sink.event(event.type, event.object);
  }
}

type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubeObject }
  | { readonly type: 'ERROR'; readonly object: { readonly code?: number; readonly message?: string } };

function eventOf(text: string): WatchEvent | undefined {
  try {
    // Each line of a watch is such an event by the API's contract; a text that is JSON but no event has no object.
    const event = JSON.parse(text) as WatchEvent | null;
    return typeof event?.object === 'object' && event.object !== null ? event : undefined;
  } catch {
    return undefined;
  }
}

function messageOf(refusal: string): string {
  try {
    // A refusal of the API server is a Status; one of a proxy in between can be anything.
    return (JSON.parse(refusal) as { readonly message?: string }).message ?? refusal;
  } catch {
    return refusal;
  }
}
