import type { Clock } from './clock';
import type { Key } from './object';
import type { Failure } from './plan';
import type { Attributes, Span, SpanEvent, Tracing } from './tracing';

/** How the passes of one kind show in traces. */
export interface PassTrace<Observed> {
  /** The span of a pass over a key; undefined when there is nothing to tell of. */
  span(key: Key): { readonly name: string; readonly attributes: Attributes; readonly parent: string | undefined } | undefined;
  /** Its parts, by what the first and the last round saw. A part shows when its step has written or when it has events. */
  parts?(first: Observed, last: Observed): ReadonlyArray<{ readonly name: string; readonly step: string; readonly events: readonly SpanEvent[] }>;
}

/** The span of one pass. Without tracing it only calls what it is given. */
export class PassSpan<Observed> {
  private readonly span: Span | undefined;
  private readonly times = new Map<string, { readonly startMs: number; readonly endMs: number }>();
  private first?: Observed;
  private last?: Observed;

  public constructor(
    key: Key,
    private readonly options: { readonly tracing?: Tracing; readonly trace?: PassTrace<Observed>; readonly clock: Clock },
  ) {
    const draft = options.tracing && options.trace?.span(key);
    this.span = draft && options.tracing?.startSpan(draft.name, draft.attributes, draft.parent);
  }

  /** Lets a round look at the world. */
  public look(observe: () => Observed | undefined): Observed | undefined {
    if (!this.span || !this.options.tracing) return observe();
    const observed = this.options.tracing.within(this.span, observe);
    this.first ??= observed;
    this.last = observed ?? this.last;
    return observed;
  }

  /** Carries out writes of a step. */
  public async step(step: string, write: () => Promise<void>): Promise<void> {
    const { clock } = this.options;
    const startMs = this.times.get(step)?.startMs ?? clock.nowMs();
    await write();
    if (this.span) this.times.set(step, { startMs, endMs: clock.nowMs() });
  }

  public end(isFailed: boolean, failures: readonly Failure[]): void {
    if (!this.span) return;
    if (this.first !== undefined && this.last !== undefined) this.tellParts(this.span, this.first, this.last);
    if (isFailed) this.span.fail(failures.map(({ message }) => message).join('\n'));
    this.span.end();
  }

  private tellParts(span: Span, first: Observed, last: Observed): void {
    const nowMs = this.options.clock.nowMs();
    for (const { name, step, events } of this.options.trace?.parts?.(first, last) ?? []) {
      const times = this.times.get(step);
      if (times || events.length > 0) span.part({ name, events, ...(times ?? { startMs: nowMs, endMs: nowMs }) });
    }
  }
}
