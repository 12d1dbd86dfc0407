import { RestartPolicy } from 'cdk8s-plus-28';

import { cluster, type KubeObject } from '../cluster/connection';
import { KubectlError } from '../cluster/kubectl';
import { agents, claim, EXIT_CODE, POOL, RUNTIMES, WORKSPACE } from './agents';
import { install, INSTALLATIONS } from './install';
import { NODE_NAME } from './layout';
import {
  claimPath,
  conditionOf,
  execIn,
  find,
  isReady,
  podPath,
  podReady,
  poolPath,
  readyMembers,
  sandboxPath,
  untilGone,
  untilObject,
  volumePath,
} from './pods';

jest.setTimeout(180_000);

const CLAIM = 'alice';
const FILE = `${WORKSPACE}/notes`;
const TTL_SECONDS = 3;
/** Exit code of a program that SIGKILL has ended. */
const KILLED = 137;

interface SandboxStatus {
  readonly podIPs?: readonly string[];
  readonly service?: string;
  readonly serviceFQDN?: string;
}
// Every Sandbox that the controller has seen has it.
const statusOf = (sandbox: KubeObject): SandboxStatus => sandbox.status as SandboxStatus;

beforeAll(() => install(INSTALLATIONS['the published image']));

// One life: each test goes on where the one before has ended.
describe.each(RUNTIMES)('an agent under %s', (runtime, isolation) => {
  let namespace = '';
  let sandbox: KubeObject;
  const name = () => sandbox.metadata.name;
  const path = () => sandboxPath(namespace, name());
  const suspend = (operatingMode: 'Suspended' | 'Running') => cluster().object('PATCH', path(), { spec: { operatingMode } });

  beforeAll(async () => {
    namespace = await cluster().namespace('life');
  });

  afterAll(() => cluster().kubectl(['delete', 'namespace', namespace, '--wait=false']));

  it('waits in a pool of two', async () => {
    await cluster().apply(agents({ namespace, isolation, replicas: 2, workspace: true, restartPolicy: RestartPolicy.NEVER }), { form: 'server' });
    const pool = await untilObject(poolPath(namespace, POOL), 'to have two Ready members', (found) => readyMembers(found) === 2);
    expect(pool.status).toMatchObject({ replicas: 2 });
  });

  it('is given to a claim, which is Ready, and the pool fills up again', async () => {
    const pool = await cluster().kubectl(['get', 'sandboxes', '--namespace', namespace, '--output=name']);
    await cluster().apply(claim(namespace, CLAIM, TTL_SECONDS), { form: 'server' });
    const claimed = await untilObject(claimPath(namespace, CLAIM), 'to be Ready', isReady);
    // A Ready claim names its Sandbox.
    const { sandbox: bound } = claimed.status as { readonly sandbox: { readonly name: string } };
    sandbox = await cluster().object('GET', sandboxPath(namespace, bound.name));
    expect(pool).toContain(`/${name()}\n`);
    expect(statusOf(sandbox).serviceFQDN).toBe(`${name()}.${namespace}.svc.cluster.local`);
    await untilObject(poolPath(namespace, POOL), 'to have two Ready members', (filled) => readyMembers(filled) === 2);
  });

  it('has the kernel that its isolation promises', async () => {
    const { status } = await cluster().object('GET', `/api/v1/nodes/${NODE_NAME}`);
    // Every Node has it.
    const { kernelVersion } = (status as { readonly nodeInfo: { readonly kernelVersion: string } }).nodeInfo;
    const kernel = (await execIn(namespace, name(), 'uname', '-r')).trim();
    const log = runtime === 'gVisor' ? await execIn(namespace, name(), 'dmesg') : '';
    expect({ isOfNode: kernel === kernelVersion, isOfGvisor: log.includes('Starting gVisor') }).toEqual({
      isOfNode: runtime === 'runc',
      isOfGvisor: runtime === 'gVisor',
    });
  });

  it('writes a file to its workspace', async () => {
    await execIn(namespace, name(), 'sh', '-c', `echo remember > ${FILE}`);
    expect(await execIn(namespace, name(), 'cat', FILE)).toBe('remember\n');
  });

  it('suspended, has no Pod and keeps its volume', async () => {
    await suspend('Suspended');
    const suspended = await untilObject(path(), 'to be suspended', (found) => conditionOf(found, 'Suspended')?.status === 'True');
    expect(await find(podPath(namespace, name()))).toBeUndefined();
    expect(conditionOf(suspended, 'Ready')).toMatchObject({ status: 'False', reason: 'SandboxSuspended' });
    expect((await cluster().object('GET', volumePath(namespace, `workspace-${name()}`))).status).toMatchObject({ phase: 'Bound' });
    const { podIPs, serviceFQDN } = statusOf(suspended);
    expect({ podIPs, serviceFQDN }).toEqual({ podIPs: undefined, serviceFQDN: statusOf(sandbox).serviceFQDN });
  });

  it('resumed, has the same name, another address, and its file', async () => {
    await suspend('Running');
    const resumed = await untilObject(path(), 'to be Ready', isReady);
    expect(statusOf(resumed).serviceFQDN).toBe(statusOf(sandbox).serviceFQDN);
    const { status } = await podReady(namespace, name());
    // Every Pod that is Ready has an address.
    const { podIP } = status as { readonly podIP: string };
    expect(statusOf(resumed).podIPs).toEqual([podIP]);
    expect(statusOf(sandbox).podIPs).not.toContain(podIP);
    expect(await execIn(namespace, name(), 'cat', FILE)).toBe('remember\n');
    const claimed = await untilObject(claimPath(namespace, CLAIM), 'to be Ready', isReady);
    expect(claimed.status).toMatchObject({ sandbox: { name: name(), podIPs: [podIP] } });
  });

  it('killed, says so in the conditions of Sandbox and claim, and goes after its time with everything that it had', async () => {
    const ended = untilObject(claimPath(namespace, CLAIM), 'to be Finished', (found) => conditionOf(found, 'Finished')?.status === 'True');
    // Under gVisor the command dies with the container.
    await execIn(namespace, name(), 'kill', '-TERM', '1').catch((error: unknown) => {
      if (!(error instanceof KubectlError && error.code === KILLED)) throw error;
    });
    const finished = await ended;
    const seen = await cluster().object('GET', path());
    expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'PodFailed' });
    expect(conditionOf(seen, 'Finished')).toMatchObject({ status: 'True', reason: 'PodFailed' });
    expect(conditionOf(finished, 'Ready')).toMatchObject({ status: 'False' });
    const { status } = await cluster().object('GET', podPath(namespace, name()));
    expect(status).toMatchObject({ phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: EXIT_CODE } } }] });
    await untilGone(claimPath(namespace, CLAIM));
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(conditionOf(finished, 'Finished')?.lastTransitionTime ?? '') + TTL_SECONDS * 1000);
    const others = [path(), podPath(namespace, name()), volumePath(namespace, `workspace-${name()}`), `/api/v1/namespaces/${namespace}/services/${name()}`];
    for (const other of others) await untilGone(other);
  });
});
