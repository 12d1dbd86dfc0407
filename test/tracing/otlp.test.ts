import { OtlpTracing } from '../../src/tracing/otlp';
import { OtlpReceiver } from '../support/otlp-receiver';

const PARENT = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

let receiver: OtlpReceiver;
let complaints: string[];
let tracing: OtlpTracing;
beforeEach(async () => {
  receiver = await OtlpReceiver.start();
  // How people configure it, and the only way.
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url;
  complaints = [];
  tracing = new OtlpTracing({ name: 'agent-sandbox-controller', version: '1', complain: (message, detail) => complaints.push(`${message}: ${detail}`) });
});
afterEach(async () => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  await receiver.stop();
});

test('a span, its parts, events and failure reach the collector by gRPC when the process stops', async () => {
  const span = tracing.startSpan('ReconcileSandbox', { 'sandbox.name': 'alice' }, JSON.stringify(PARENT));
  span.part({ name: 'reconcilePod', startMs: 1000, endMs: 2000, events: [{ name: 'NewPodStatusObserved', attributes: { 'pod.Phase': 'Pending' } }] });
  span.fail('no quota');
  span.end();
  await tracing.stop();
  expect([...receiver.methods]).toEqual(['/opentelemetry.proto.collector.trace.v1.TraceService/Export']);
  const [part, whole] = receiver.spans;
  const traceId = PARENT.traceparent.slice(3, 35);
  expect(whole).toMatchObject({ service: 'agent-sandbox-controller', traceId, parentId: 'b7ad6b7169203331', name: 'ReconcileSandbox', failure: 'no quota' });
  expect(whole?.attributes).toEqual({ 'sandbox.name': 'alice' });
  expect(part).toMatchObject({ traceId, parentId: whole?.spanId, name: 'reconcilePod' });
  expect(part?.events).toEqual([{ name: 'NewPodStatusObserved', attributes: { 'pod.Phase': 'Pending' } }]);
  expect(complaints).toEqual([]);
});

test('the context of the present span is a text that a later span takes as its parent, and there is none outside', async () => {
  const first = tracing.startSpan('first', {});
  const text = tracing.within(first, () => tracing.traceContext());
  expect(tracing.traceContext()).toBeUndefined();
  first.end();
  tracing.startSpan('second', {}, text).end();
  await tracing.stop();
  const [one, two] = receiver.spans;
  expect(JSON.parse(text ?? '')).toEqual({ traceparent: `00-${one?.traceId}-${one?.spanId}-01` });
  expect(two).toMatchObject({ traceId: one?.traceId, parentId: one?.spanId });
});

test('the present span is the one before again also when the look throws', () => {
  const span = tracing.startSpan('one', {});
  expect(() =>
    tracing.within(span, () => {
      throw new Error('a fault');
    }),
  ).toThrow('a fault');
  expect(tracing.traceContext()).toBeUndefined();
});

test.each([['no JSON'], ['null'], ['7'], ['"text"'], ['[]'], ['{}'], ['{"traceparent":7}'], ['{"traceparent":"00-00-00-00"}']])(
  'a context such as %s is told of and begins a trace of its own',
  async (text) => {
    tracing.startSpan('one', {}, text).end();
    await tracing.stop();
    expect(receiver.spans).toEqual([expect.objectContaining({ name: 'one', parentId: '' })]);
    expect(complaints).toEqual([`a trace context cannot be read and is ignored: ${text}`]);
  },
);

test('baggage is neither taken nor given', async () => {
  const span = tracing.startSpan('one', {}, JSON.stringify({ ...PARENT, tracestate: 'vendor=1', baggage: 'user=alice' }));
  const text = tracing.within(span, () => tracing.traceContext());
  expect(Object.keys(JSON.parse(text ?? '{}') as object).sort()).toEqual(['traceparent', 'tracestate']);
  await tracing.stop();
});
