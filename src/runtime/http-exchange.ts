import type { IncomingHttpHeaders } from 'node:http';

import type { Dispatcher } from 'undici';

import type { Clock } from './clock';
import type { Reply, SendOptions } from './transport';

/** One HTTP request on its way: collects the answer, and gives up at the deadline or when it is told to, wherever the request is then. */
export class HttpExchange implements Dispatcher.DispatchHandler {
  /** Resolves when the outcome is known; never rejects. */
  public readonly reply: Promise<Reply>;
  /** Whether the deadline passed while the request was on a socket, and not in the queue for one. */
  public wasSilent = false;
  private resolve: (reply: Reply) => void = () => undefined;
  private finished = false;
  private controller?: Dispatcher.DispatchController;
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private readonly chunks: Buffer[] = [];
  private readonly release: () => void;
  private readonly isLate: () => boolean;

  constructor(clock: Clock, { deadlineMs, signal }: Pick<SendOptions, 'deadlineMs' | 'signal'>) {
    this.reply = new Promise((resolve) => (this.resolve = resolve));
    const endMs = clock.monotonicMs() + deadlineMs;
    this.isLate = () => clock.monotonicMs() >= endMs;
    const abort = (): void => this.giveUp('aborted');
    const stopTimer = clock.after(deadlineMs, () => {
      this.wasSilent = this.controller !== undefined;
      this.giveUp(`no answer within ${deadlineMs} ms`);
    });
    signal?.addEventListener('abort', abort);
    this.release = () => {
      stopTimer();
      signal?.removeEventListener('abort', abort);
    };
    if (signal?.aborted) abort();
  }

  /** Answers that nobody knows the outcome, and breaks the request off. */
  public giveUp(cause: string): void {
    this.finish({ answered: false, cause });
    this.controller?.abort(new Error(cause));
  }

  public onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // The process may have slept through the deadline: then the timer comes only after this.
    if (this.isLate()) this.giveUp('not sent before its deadline');
    else if (this.finished) controller.abort(new Error('given up while it waited for a socket'));
  }

  public onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  public onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  public onResponseEnd(): void {
    this.finish(replyOf(this.status, this.headers, Buffer.concat(this.chunks).toString('utf8')));
  }

  public onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.finish({ answered: false, cause: error.message });
  }

  private finish(reply: Reply): void {
    if (this.finished) return;
    this.finished = true;
    this.release();
    this.resolve(reply);
  }
}

/** What an HTTP answer means. A success that cannot be read is none: whether it was carried out is then unknown. */
export function replyOf(status: number, headers: IncomingHttpHeaders, text: string): Reply {
  const body = parsed(text);
  if (status < 300 && body === undefined) return { answered: false, cause: `the answer with status ${status} is no JSON: ${text.slice(0, 80)}` };
  const retryAfterMs = retryAfterOf(headers['retry-after']);
  return { answered: true, status, body: body ?? text, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Retry-After is a number of seconds or a date. */
function retryAfterOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
