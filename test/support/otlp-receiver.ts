import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** A span as it came over the wire. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: ReadonlyArray<{ readonly name: string; readonly attributes: Readonly<Record<string, string>> }>;
  /** What has failed, if anything. */
  readonly failure?: string;
}

/** A collector of traces: OTLP over gRPC, on loopback. */
export class OtlpReceiver {
  public readonly spans: ReceivedSpan[] = [];
  /** The gRPC methods that were called. */
  public readonly methods = new Set<string>();
  private readonly sessions = new Set<ServerHttp2Session>();

  private constructor(private readonly server: Http2Server) {
    server.on('session', (session) => this.sessions.add(session));
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        this.methods.add(String(headers[':path']));
        // Five bytes stand before a message of gRPC: whether it is compressed, and its length.
        this.spans.push(...spansIn(Buffer.concat(chunks).subarray(5)));
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(Buffer.alloc(5));
      });
    });
  }

  public static async start(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  public get url(): string {
    // A server that listens on TCP has such an address.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public async stop(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Field numbers of opentelemetry/proto/trace/v1/trace.proto. */
const spansIn = (request: Buffer): readonly ReceivedSpan[] =>
  fieldsOf(request)
    .all(1)
    .flatMap((resourceSpans) => {
      const [resource] = fieldsOf(resourceSpans).all(1);
      const service = attributesIn(fieldsOf(resource).all(1))['service.name'] ?? '';
      const scopes = fieldsOf(resourceSpans).all(2);
      return scopes.flatMap((scope) => fieldsOf(scope).all(2)).map((span) => spanIn(service, span));
    });

function spanIn(service: string, bytes: Buffer): ReceivedSpan {
  const fields = fieldsOf(bytes);
  const [[traceId = '', spanId = '', parentId = ''], status] = [[1, 2, 4].map((field) => fields.all(field)[0]?.toString('hex')), fieldsOf(fields.all(15)[0])];
  return {
    ...{ service, traceId, spanId, parentId, name: fields.text(5), attributes: attributesIn(fields.all(9)) },
    events: fields.all(11).map((event) => ({ name: fieldsOf(event).text(2), attributes: attributesIn(fieldsOf(event).all(3)) })),
    ...(status.text(2) !== '' && { failure: status.text(2) }),
  };
}

const attributesIn = (pairs: readonly Buffer[]): Readonly<Record<string, string>> =>
  Object.fromEntries(pairs.map((pair) => [fieldsOf(pair).text(1), fieldsOf(fieldsOf(pair).all(2)[0]).text(1)]));

/** The fields of a protobuf message that have a length; numbers are left out. */
function fieldsOf(bytes: Buffer = Buffer.alloc(0)) {
  const found: { readonly field: number; readonly value: Buffer }[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag & 7;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else {
      const length = varint();
      found.push({ field: tag >> 3, value: bytes.subarray(at, at + length) });
      at += length;
    }
  }
  const all = (field: number): readonly Buffer[] => found.filter((one) => one.field === field).map(({ value }) => value);
  return { all, text: (field: number): string => all(field)[0]?.toString('utf8') ?? '' };
}
