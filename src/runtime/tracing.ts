/** Values beside a span or an event, under the names of OpenTelemetry. */
export type Attributes = Readonly<Record<string, string>>;

/** Something that happened within a span. */
export interface SpanEvent {
  readonly name: string;
  readonly attributes?: Attributes;
}

/** A part of a span that is over; by the wall clock. */
export interface SpanPart {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly events: readonly SpanEvent[];
}

/** A stretch of work in a trace. */
export interface Span {
  /** Adds a span below this one. */
  part(part: SpanPart): void;
  /** Says that the work has failed, and why. */
  fail(message: string): void;
  end(): void;
}

/** Where traces go. There is none unless `--enable-tracing` is given. */
export interface Tracing {
  /** Begins a span. `parent` is the text of an annotation `opentelemetry.io/trace-context`; one that cannot be read is logged and ignored. */
  startSpan(name: string, attributes: Attributes, parent?: string): Span;
  /** Makes a span the present one for what is done at once; nothing that waits may be in it. */
  within<T>(span: Span, look: () => T): T;
  /** The context of the present span as a text for that annotation; undefined outside of a pass. */
  traceContext(): string | undefined;
}
