import { Chart, Duration, Testing } from 'cdk8s';

import { CONTROLLER_NAME } from '../../src/api/installation';
import { Sandbox } from '../../src/constructs/sandbox';
import { cluster, type KubeObject } from '../cluster/connection';
import { AuditLog } from '../cluster/controllers/audit-log';
import { KubectlError } from '../cluster/kubectl';
import { BUSYBOX_IMAGE } from './images';
import { CONTROLLER_USER, execInController, install, INSTALLATIONS } from './install';
import { isReady, sandboxPath, untilObject } from './pods';

jest.setTimeout(180_000);

/** What a process says of itself, and what happens when it writes to its root. */
const SELF = `
const { readFileSync, writeFileSync } = require('node:fs');
const status = Object.fromEntries(readFileSync('/proc/self/status', 'utf8').split('\\n').map((line) => line.split(':\\t')));
let written = 'yes';
try { writeFileSync('/written', ''); } catch (error) { written = error.code; }
console.log(JSON.stringify({ user: process.getuid(), capabilities: status.CapEff, noNewPrivileges: status.NoNewPrivs, seccomp: status.Seccomp, written }));
`;

describe.each(Object.entries(INSTALLATIONS))('what cdk8s synth wrote for %s, applied as it is', (_, program) => {
  let audit: AuditLog;
  let pod: KubeObject;
  let namespace = '';

  beforeAll(async () => {
    audit = new AuditLog(cluster().connection.auditLog);
    pod = await install(program);
    namespace = await cluster().namespace('install');
  });

  afterAll(() => cluster().kubectl(['delete', 'namespace', namespace, '--wait=false']));

  it('runs the controller under its own account, not as root, with a root that nobody can write', async () => {
    // Every Pod has one.
    expect((pod.spec as { readonly serviceAccountName: string }).serviceAccountName).toBe(CONTROLLER_NAME);
    const self: unknown = JSON.parse(await execInController('node', '-e', SELF));
    expect(self).toEqual({ user: 65532, capabilities: '0000000000000000', noNewPrivileges: '1', seccomp: '2', written: 'EROFS' });
  });

  it('makes a Sandbox Ready, and is refused nothing that it asks for', async () => {
    const chart = new Chart(Testing.app(), 'test', { namespace });
    new Sandbox(chart, 'sandbox', {
      metadata: { name: 'first' },
      securityContext: { user: 1000 },
      terminationGracePeriod: Duration.seconds(1),
      containers: [{ image: BUSYBOX_IMAGE, command: ['sleep', '3600'] }],
    });
    await cluster().apply(Testing.synth(chart) as object[], { form: 'server' });
    await untilObject(sandboxPath(namespace, 'first'), 'to be Ready', isReady);
    const requests = audit.requestsOf(CONTROLLER_USER);
    expect(requests.filter(({ verb, resource }) => verb === 'create' && resource === 'pods')).not.toEqual([]);
    expect(requests.filter(({ isForbidden }) => isForbidden)).toEqual([]);
  });

  it.each([
    ['get', 'secrets'],
    ['create', 'pods/exec'],
    ['update', 'nodes'],
    ['create', 'clusterrolebindings'],
    ['delete', 'namespaces'],
    ['create', 'serviceaccounts/token'],
  ])('gives the controller no right to %s %s', async (verb, path) => {
    const [resource, subresource = ''] = path.split('/');
    const question = ['auth', 'can-i', verb, resource ?? '', '--subresource', subresource, '--as', CONTROLLER_USER, '--namespace', namespace];
    const answer = cluster().kubectl(question);
    // It ends with 1 when the answer is no.
    expect(await answer.catch((error: unknown) => (error instanceof KubectlError ? error.stdout : String(error)))).toBe('no\n');
  });
});
