import { ANNOTATIONS } from '../../src/api/keys';
import { OtlpReceiver } from '../support/otlp-receiver';
import { cluster } from './connection';
import { bundle, Program } from './program';

jest.setTimeout(60_000);

const SPEC = { podTemplate: { spec: { containers: [{ name: 'main', image: 'i' }] } } };

let receiver: OtlpReceiver;
let namespace: string;
let program: Program | undefined;
beforeAll(bundle);
beforeEach(async () => {
  receiver = await OtlpReceiver.start();
  namespace = await cluster().namespace('tracing');
});
afterEach(async () => {
  await program?.stop();
  await receiver.stop();
});

/** Starts the controller on the namespace, has a Sandbox become what it can without a kubelet, and ends the program. Resolves to the Sandbox. */
async function lifeOf(name: string, ...args: readonly string[]) {
  program = await Program.start({
    kubeconfig: cluster().connection.kubeconfig,
    args: ['--extensions', '--leader-elect=false', `--watch-namespaces=${namespace}`, ...args],
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  const path = `/apis/agents.x-k8s.io/v1beta1/namespaces/${namespace}/sandboxes`;
  await cluster().object('POST', path, { apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', metadata: { name }, spec: SPEC });
  const { body } = await cluster().waitFor(`${path}/${name}`, 'to have a status', ({ body }) => JSON.stringify(body).includes('"conditions"'));
  expect(await program.stop()).toBe(0);
  return body as { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } }; // The API server's answer.
}

test('with the flag, passes are spans of one trace, which the Sandbox carries and which are sent before the program ends', async () => {
  const { metadata } = await lifeOf('traced', '--enable-tracing');
  const passes = receiver.spans.filter(({ name }) => name === 'ReconcileSandbox');
  const [first] = passes;
  expect(first?.attributes).toEqual({ 'sandbox.name': 'traced', 'sandbox.namespace': namespace });
  const { traceparent } = JSON.parse(metadata.annotations?.[ANNOTATIONS.traceContext] ?? '{}') as { readonly traceparent?: string };
  expect(traceparent).toBe(`00-${first?.traceId}-${first?.spanId}-01`);
  expect(new Set(passes.map(({ traceId }) => traceId)).size).toBe(1);
  const pod = receiver.spans.find(({ name }) => name === 'reconcilePod');
  expect(pod).toMatchObject({
    parentId: first?.spanId,
    events: [{ name: 'NewPodStatusObserved', attributes: { 'pod.Name': 'traced', 'pod.Phase': 'Pending' } }],
  });
});

test('without it nothing is stamped and nothing is sent', async () => {
  const { metadata } = await lifeOf('untraced');
  expect(metadata.annotations ?? {}).toEqual({});
  expect(receiver.spans).toEqual([]);
});
