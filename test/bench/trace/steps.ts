import type { Moments, Request } from './moments';

export type Actor = 'client' | 'server' | 'controller';

/** A part of the way of a claim from its POST to Ready; all parts together are the whole of it. */
export interface Step {
  readonly what: string;
  /** Who has the claim in hand. */
  readonly actor: Actor | 'controller and server';
  readonly fromMs: number;
  readonly toMs: number;
}

/** The way of a claim, without gaps: what each step waits for is the end of the one before. */
export function stepsOf({ post, heardMs, a, b, c, readyMs }: Moments): readonly Step[] {
  const decidedMs = Math.min(a.askedMs, b.askedMs);
  const boundMs = Math.max(a.answeredMs, b.answeredMs);
  const ends: ReadonlyArray<readonly [string, Step['actor'], number]> = [
    ['POST of the claim, until the server has received it', 'client', post.receivedMs],
    ['stored, and told to the controller', 'server', heardMs],
    ['read, queued and decided', 'controller', decidedMs],
    ['A ‖ B: Sandbox and claim, until both are answered', 'controller and server', boundMs],
    ['decided again', 'controller', c.askedMs],
    ['C: status of the claim, until the server has received it', 'controller', c.receivedMs],
    ['stored, and told to the client', 'server', readyMs],
  ];
  let fromMs = post.askedMs;
  return ends.map(([what, actor, toMs]) => {
    const step = { what, actor, fromMs, toMs };
    fromMs = toMs;
    return step;
  });
}

/** A row of the waterfall: bars over each other, the later ones on top. */
export interface Row {
  readonly name: string;
  readonly bars: readonly Bar[];
  /** Written behind the last bar. */
  readonly note: string;
}

export interface Bar {
  readonly actor: Actor;
  /** `waiting` is what was asked for and not sent yet, `within` a part of the bar before. */
  readonly kind: 'whole' | 'waiting' | 'within';
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the waterfall shows, in milliseconds since the client asked. */
export function rowsOf(moments: Moments): readonly Row[] {
  const { post, heardMs, a, b, c, pod, readyMs, passMs, queueMs } = moments;
  const zeroMs = post.askedMs;
  const bar = (actor: Actor, fromMs: number, toMs: number, kind: Bar['kind'] = 'whole'): Bar => ({ actor, kind, fromMs: fromMs - zeroMs, toMs: toMs - zeroMs });
  const row = (name: string, ...bars: readonly Bar[]): Row => ({ name, bars, note: `${lengthOf(bars).toFixed(1)} ms` });
  const request = (actor: Actor, { askedMs, sentMs, receivedMs, doneMs, answeredMs }: Request): readonly Bar[] => [
    bar(actor, askedMs, sentMs, 'waiting'),
    bar(actor, sentMs, answeredMs),
    bar('server', receivedMs, Math.min(doneMs, answeredMs), 'within'),
  ];
  const decidedMs = Math.min(a.askedMs, b.askedMs);
  return [
    row('POST claim', ...request('client', post)),
    row('told to the controller', bar('server', post.receivedMs, heardMs)),
    {
      ...row('read, queued, decided', bar('controller', heardMs, decidedMs)),
      note: `${(decidedMs - heardMs).toFixed(1)} ms, ${queueMs.toFixed(2)} of them in the queue`,
    },
    row('the pass', bar('controller', c.answeredMs - passMs, c.answeredMs)),
    row('A: PATCH Sandbox', ...request('controller', a)),
    row('B: PATCH claim', ...request('controller', b)),
    row('C: PATCH claim status', ...request('controller', c)),
    row('told to the client: Ready', bar('server', c.receivedMs, readyMs)),
    row('beside it: PATCH Pod', ...request('controller', pod)),
  ];
}

const lengthOf = (bars: readonly Bar[]): number => Math.max(...bars.map(({ toMs }) => toMs)) - Math.min(...bars.map(({ fromMs }) => fromMs));
