import { ROOT_CONTEXT, SpanStatusCode, trace, type Context, type Span as OtelSpan, type TextMapGetter } from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Attributes, Span, SpanPart, Tracing } from '../runtime/tracing';

/** What traces need of the process. */
export interface OtlpOptions {
  /** Name of service and tracer. */
  readonly name: string;
  readonly version: string;
  /** Told what does not work. */
  readonly complain: (message: string, detail: string) => void;
}

const PROPAGATOR = new W3CTraceContextPropagator();

/** Sends traces by OTLP over gRPC; where to, the variables `OTEL_EXPORTER_OTLP_*` of the environment say. */
export class OtlpTracing implements Tracing {
  private readonly provider: TracerProvider;
  private readonly tracer: ReturnType<TracerProvider['getTracer']>;
  private present?: OtlpSpan;

  public constructor(private readonly options: OtlpOptions) {
    const { name, version } = options;
    let told = '';
    setGlobalErrorHandler((error) => {
      const detail = error instanceof Error ? error.message : JSON.stringify(error);
      // A collector that is away would be told of every few seconds.
      if (detail !== told) options.complain('traces are lost', detail);
      told = detail;
    });
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': name, 'service.version': version }),
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
    });
    this.tracer = this.provider.getTracer(name, version);
  }

  public startSpan(name: string, attributes: Attributes, parent?: string): Span {
    return new OtlpSpan(this.tracer, name, attributes, parent === undefined ? ROOT_CONTEXT : this.read(parent));
  }

  public within<T>(span: Span, look: () => T): T {
    const before = this.present;
    // This class makes the spans.
    this.present = span as OtlpSpan;
    try {
      return look();
    } finally {
      this.present = before;
    }
  }

  public traceContext(): string | undefined {
    return this.present?.carried;
  }

  public start(): Promise<void> {
    return Promise.resolve();
  }

  /** Sends what is left. */
  public stop(): Promise<void> {
    return this.provider.shutdown();
  }

  private read(text: string): Context {
    const context = PROPAGATOR.extract(ROOT_CONTEXT, carrierIn(text), GETTER);
    if (!trace.getSpanContext(context)) this.options.complain('a trace context cannot be read and is ignored', text);
    return context;
  }
}

class OtlpSpan implements Span {
  private readonly context: Context;
  private readonly span: OtelSpan;

  public constructor(
    private readonly tracer: ReturnType<TracerProvider['getTracer']>,
    name: string,
    attributes: Attributes,
    parent: Context,
  ) {
    this.span = tracer.startSpan(name, { attributes }, parent);
    this.context = trace.setSpan(parent, this.span);
  }

  /** Its context as an annotation carries it. */
  public get carried(): string {
    const carrier: Record<string, string> = {};
    PROPAGATOR.inject(this.context, carrier, { set: (_, key, value) => void (carrier[key] = value) });
    return JSON.stringify(carrier);
  }

  public part({ name, startMs, endMs, events }: SpanPart): void {
    const span = this.tracer.startSpan(name, { startTime: startMs }, this.context);
    for (const event of events) span.addEvent(event.name, event.attributes, endMs);
    span.end(endMs);
  }

  public fail(message: string): void {
    this.span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  public end(): void {
    this.span.end();
  }
}

const GETTER: TextMapGetter<Readonly<Record<string, unknown>>> = {
  keys: (carrier) => Object.keys(carrier),
  get: (carrier, key) => (typeof carrier[key] === 'string' ? carrier[key] : undefined),
};

/** Empty for a text that is no JSON object. */
function carrierIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return { ...(typeof value === 'object' && value) };
  } catch {
    return {};
  }
}
