import { RestartPolicy } from 'cdk8s-plus-28';

import { CONTROLLER_NAME, SYSTEM_NAMESPACE } from '../../src/api/installation';
import { Isolation } from '../../src/constructs/isolation';
import { cluster, type KubeObject } from '../cluster/connection';
import { until } from '../cluster/until';
import { agents, claim, POOL, RUNTIMES, WORKSPACE } from './agents';
import { kubeletPid } from './host';
import { install, INSTALLATIONS, rolledOut } from './install';
import { NODE_NAME } from './layout';
import { claimPath, conditionOf, execIn, find, isReady, podPath, podReady, poolPath, readyMembers, sandboxPath, untilObject } from './pods';

jest.setTimeout(240_000);

const node = (): Promise<KubeObject> => cluster().object('GET', `/api/v1/nodes/${NODE_NAME}`);

/** Name of the Sandbox of a claim, once it is Ready. */
async function boundSandbox(namespace: string, name: string): Promise<string> {
  const claimed = await untilObject(claimPath(namespace, name), 'to be Ready', isReady);
  // A Ready claim names its Sandbox.
  return (claimed.status as { readonly sandbox: { readonly name: string } }).sandbox.name;
}

beforeAll(() => install(INSTALLATIONS['the published image']));

describe.each(RUNTIMES)('an agent under %s', (_, isolation) => {
  let namespace = '';
  let name = '';

  beforeAll(async () => {
    namespace = await cluster().namespace('disruption');
    await cluster().apply(agents({ namespace, isolation, replicas: 1, workspace: true, restartPolicy: RestartPolicy.ALWAYS }), { form: 'server' });
    await cluster().apply(claim(namespace, 'alice'), { form: 'server' });
    name = await boundSandbox(namespace, 'alice');
    await execIn(namespace, name, 'sh', '-c', `echo remember > ${WORKSPACE}/notes`);
  });

  afterAll(() => cluster().kubectl(['delete', 'namespace', namespace, '--wait=false']));

  it('outlives the kubelet: its Pod runs on, and the next claim is served', async () => {
    const before = await cluster().object('GET', podPath(namespace, name));
    const pid = kubeletPid();
    process.kill(pid, 'SIGKILL');
    await until('another kubelet to run', () => ([0, pid].includes(kubeletPid()) ? undefined : true));
    await cluster().apply(claim(namespace, 'bob'), { form: 'server' });
    await boundSandbox(namespace, 'bob');
    // Only the new kubelet can start the member that fills the pool again; by then it has taken over the other Pods.
    await untilObject(poolPath(namespace, POOL), 'to have a Ready member again', (pool) => readyMembers(pool) === 1);
    const after = await podReady(namespace, name);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.status).toMatchObject({ containerStatuses: [{ restartCount: 0 }] });
  });

  it('comes back after a drain of its node with its name and its file, and so does the controller', async () => {
    const before = await cluster().object('GET', podPath(namespace, name));
    await cluster().kubectl(['drain', NODE_NAME, '--force', '--delete-emptydir-data', '--timeout=120s']);
    try {
      // The controller has been evicted too, and has no place to go.
      expect((await node()).spec).toMatchObject({ unschedulable: true });
    } finally {
      await cluster().kubectl(['uncordon', NODE_NAME]);
    }
    await rolledOut();
    const replaced = (pod: KubeObject) => pod.metadata.uid !== before.metadata.uid && isReady(pod);
    await untilObject(podPath(namespace, name), 'to be replaced', replaced);
    expect(await execIn(namespace, name, 'cat', `${WORKSPACE}/notes`)).toBe('remember\n');
    expect(await boundSandbox(namespace, 'alice')).toBe(name);
    const sandbox = await untilObject(sandboxPath(namespace, name), 'to be Ready', isReady);
    expect(conditionOf(sandbox, 'Finished')).toBeUndefined();
  });
});

it('a controller that is killed in the middle of claims leaves none of them behind, and gives no Sandbox to two', async () => {
  const namespace = await cluster().namespace('restart');
  await cluster().apply(agents({ namespace, replicas: 2, workspace: false, restartPolicy: RestartPolicy.ALWAYS }), { form: 'server' });
  const names = ['a', 'b', 'c', 'd'];
  await cluster().apply(
    names.flatMap((name) => claim(namespace, name)),
    { form: 'server' },
  );
  await cluster().kubectl(['delete', 'pods', '--namespace', SYSTEM_NAMESPACE, '--selector', `app=${CONTROLLER_NAME}`, '--grace-period=0', '--force']);
  const bound = await Promise.all(names.map((name) => boundSandbox(namespace, name)));
  expect(new Set(bound).size).toBe(names.length);
  for (const name of bound) expect(isReady(await podReady(namespace, name))).toBe(true);
  await cluster().kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

describe('what this node has not', () => {
  let namespace = '';

  beforeEach(async () => {
    namespace = await cluster().namespace('missing');
  });

  afterEach(() => cluster().kubectl(['delete', 'namespace', namespace, '--wait=false']));

  it('enforcement of NetworkPolicies: the policy of the template is there and selects its Pod', async () => {
    await cluster().apply(agents({ namespace, replicas: 1, workspace: false, restartPolicy: RestartPolicy.ALWAYS }), { form: 'server' });
    const policy = await untilObject(`/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/${POOL}-network-policy`, 'to exist', () => true);
    // Every NetworkPolicy has it.
    const { podSelector, policyTypes } = policy.spec as {
      readonly podSelector: { readonly matchLabels: Record<string, string> };
      readonly policyTypes: string[];
    };
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    const selector = Object.entries(podSelector.matchLabels).map(([key, value]) => `${key}=${value}`);
    const selected = async () => {
      const names = await cluster().kubectl(['get', 'pods', '--namespace', namespace, '--selector', selector.join(','), '--output=name']);
      return names === '' ? undefined : names.trim().split('\n');
    };
    expect(await until('the policy to select a Pod', selected)).toHaveLength(1);
  });

  it('Kata: the Sandbox asks for its RuntimeClass, and says that the cluster has none', async () => {
    const guarded = agents({ namespace, isolation: Isolation.KATA, replicas: 1, workspace: false, restartPolicy: RestartPolicy.ALWAYS });
    await cluster().apply(guarded, { form: 'server' });
    const refused = async () => {
      const { items } = (await cluster().object('GET', sandboxPath(namespace, ''))) as unknown as { readonly items: readonly KubeObject[] }; // A list.
      return items.find((sandbox) => conditionOf(sandbox, 'Ready')?.message.includes('RuntimeClass "kata-qemu" not found'));
    };
    const sandbox = await until('a Sandbox to say that the RuntimeClass is missing', refused);
    expect(sandbox.spec).toMatchObject({ podTemplate: { spec: { runtimeClassName: 'kata-qemu' } } });
    expect(await find(podPath(namespace, sandbox.metadata.name))).toBeUndefined();
  });
});
