import { cluster } from '../cluster/connection';
import { BUSYBOX_IMAGE } from './images';
import { GVISOR, NODE_NAME } from './layout';
import { execIn, podReady } from './pods';

jest.setTimeout(120_000);

/** A Pod that nobody looks after. */
const pod = (name: string, runtimeClassName?: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    runtimeClassName,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: BUSYBOX_IMAGE, command: ['sleep', '3600'] }],
  },
});

let namespace = '';

beforeAll(async () => {
  namespace = await cluster().namespace('node');
});

afterAll(() => cluster().kubectl(['delete', 'namespace', namespace, '--wait=false']));

it('a Pod under runc is Ready and has the kernel of the node', async () => {
  await cluster().apply([pod('plain')], { form: 'server', namespace });
  await podReady(namespace, 'plain');
  const { status } = await cluster().object('GET', `/api/v1/nodes/${NODE_NAME}`);
  // Every Node has it.
  const { nodeInfo } = status as { readonly nodeInfo: { readonly kernelVersion: string } };
  expect((await execIn(namespace, 'plain', 'uname', '-r')).trim()).toBe(nodeInfo.kernelVersion);
});

it('a Pod under gVisor is Ready, and its kernel says that it is that of gVisor', async () => {
  await cluster().apply([pod('guarded', GVISOR.runtimeClass)], { form: 'server', namespace });
  await podReady(namespace, 'guarded');
  expect(await execIn(namespace, 'guarded', 'dmesg')).toContain('Starting gVisor');
});

it('a Pod reaches the API server where every Pod looks for it', async () => {
  await cluster().apply([pod('client')], { form: 'server', namespace });
  await podReady(namespace, 'client');
  const answer = await execIn(namespace, 'client', 'sh', '-c', 'nc -w 5 "$KUBERNETES_SERVICE_HOST" "$KUBERNETES_SERVICE_PORT" </dev/null && echo reached');
  expect(answer).toBe('reached\n');
});
