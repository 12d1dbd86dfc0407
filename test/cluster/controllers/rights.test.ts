import { dirname } from 'node:path';

import { CONTROLLER_NAME, SYSTEM_NAMESPACE } from '../../../src/api/installation';
import { accessManifests } from '../../../src/constructs/install/controller-access';
import { NETWORK_POLICIES, PODS, SANDBOXES, SERVICES, TEMPLATES, VOLUME_CLAIMS } from '../../../src/controllers/shared/objects';
import type { KubeObject, Resource } from '../../../src/runtime/object';
import { clusterOf, type Cluster } from '../connection';
import { startControlPlane, type ControlPlane } from '../control-plane';
import { writeKubeconfig } from '../control-plane-files';
import { customKinds } from '../custom-kinds';
import { bundle, Program } from '../program';
import { until } from '../until';
import { tokenOf } from './account';
import { AuditLog } from './audit-log';
import { ADOPTABLE } from './owners';
import { conditionOf, Scene } from './scene';

/**
 * The program itself with the rights of the installation and no other, where the cluster asks for more than others do: whoever makes an owner that waits
 * must be allowed to change its finalizers (spec 07 §7; 08 §14 scenario 25). A server of its own: the other files share theirs.
 */

jest.setTimeout(180_000);

const USER = `system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER_NAME}`;
const EVENTS: Resource<KubeObject & { readonly reason?: string }> = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events' };

let plane: ControlPlane;
let cluster: Cluster;
beforeAll(async () => {
  bundle();
  const apiServerFlags = ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'];
  plane = await startControlPlane({ controllerManager: true, crds: customKinds(), apiServerFlags });
  cluster = clusterOf(plane);
  await cluster.object('POST', '/api/v1/namespaces', { metadata: { name: SYSTEM_NAMESPACE } });
  await cluster.object('POST', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/serviceaccounts`, { metadata: { name: CONTROLLER_NAME } });
});
afterAll(() => plane.stop());

async function startProgram(watched: readonly string[] | undefined): Promise<Program> {
  const user = { name: CONTROLLER_NAME, groups: [], token: await tokenOf(cluster, SYSTEM_NAMESPACE, CONTROLLER_NAME) };
  const { url, caFile } = plane;
  const flags = ['--extensions', `--leader-election-namespace=${SYSTEM_NAMESPACE}`, ...(watched ? [`--watch-namespaces=${watched.join()}`] : [])];
  return Program.start({ kubeconfig: writeKubeconfig(dirname(caFile), url, caFile, user), args: flags });
}

/** Everything that the controllers do to objects: make, change, take over, delete. */
async function live(scene: Scene): Promise<void> {
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const withAll = { service: true, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }] };
  const podTemplate = { spec: { containers: [{ name: 'main', image: 'i' }] } };
  await scene.sandbox('made', withAll);
  await scene.ready('made');
  await scene.patch(SANDBOXES, 'made', { spec: { podTemplate: { metadata: { labels: { a: '1' } }, ...podTemplate } } });
  await scene.until(PODS, 'made', 'to be labelled', ({ metadata }) => metadata.labels?.a === '1');
  await scene.patch(SERVICES, 'made', { spec: { selector: { a: 'b' } } });
  await scene.until(SERVICES, 'made', 'to be mended', ({ spec }) => !('a' in (spec.selector ?? {})));
  await scene.patch(SANDBOXES, 'made', { spec: { operatingMode: 'Suspended', service: false } });
  await scene.until(SANDBOXES, 'made', 'to be suspended', (sandbox) => conditionOf(sandbox, 'Suspended')?.status === 'True');
  await scene.patch(SANDBOXES, 'made', { spec: { shutdownTime: '2020-01-01T00:00:00Z', shutdownPolicy: 'Delete' } });
  await scene.gone(SANDBOXES, 'made');
  await scene.gone(VOLUME_CLAIMS, 'data-made');

  await scene.pod('taken', ADOPTABLE);
  await scene.make(SERVICES, 'taken', { metadata: ADOPTABLE, spec: { clusterIP: 'None', selector: { a: 'b' } } });
  await scene.sandbox('taken', { service: true });
  await scene.ready('taken');
  // Data are not to be deleted by the controller, and without the right to do so nobody sets an owner here.
  await scene.make(VOLUME_CLAIMS, 'data-refused', { metadata: ADOPTABLE, spec: claim });
  await scene.sandbox('refused', withAll);
  await scene.until(SANDBOXES, 'refused', 'to say so', (sandbox) => {
    const { reason, message } = conditionOf(sandbox, 'Ready') ?? {};
    return reason === 'ReconcilerError' && message?.includes("cannot set an ownerRef on a resource you can't delete") === true;
  });

  await scene.make(TEMPLATES, 'python', { spec: { podTemplate } });
  await scene.until(NETWORK_POLICIES, 'python-network-policy', 'to exist');
  await scene.patch(TEMPLATES, 'python', { spec: { networkPolicy: { egress: [] } } });
  await scene.until(NETWORK_POLICIES, 'python-network-policy', 'to follow', ({ spec }) => spec.ingress === undefined);
  await scene.patch(TEMPLATES, 'python', { spec: { networkPolicyManagement: 'Unmanaged' } });
  await scene.gone(NETWORK_POLICIES, 'python-network-policy');
  await until('the events to be there', async () => ((await scene.list(EVENTS)).some(({ reason }) => reason === 'SandboxReady') ? true : undefined));
}

it.each([
  ['a ClusterRole, on all namespaces', () => undefined],
  ['Roles, on the namespaces that it watches', ({ namespace }: Scene) => [namespace]],
])('the program does all that it does with the rights of %s', async (_, watchedOf) => {
  const scene = await Scene.open(cluster, 'rights');
  const audit = new AuditLog(plane.auditLog);
  const watched = watchedOf(scene);
  const rights = accessManifests(true, watched);
  await cluster.apply(rights, { form: 'server' });
  const program = await startProgram(watched);
  try {
    await live(scene);
    expect(await program.stop()).toBe(0);
    const requests = audit.requestsOf(USER);
    expect(requests.filter(({ isForbidden, status, name }) => isForbidden || (status === 403 && name !== 'data-refused'))).toEqual([]);
    const done = new Set(requests.map(({ verb, resource }) => `${verb} ${resource}`));
    expect([...done].filter((one) => !/^(get|list|watch) /.test(one)).sort()).toEqual([
      ...['create events', 'create leases', 'create networkpolicies', 'create persistentvolumeclaims', 'create pods', 'create services'],
      ...['delete networkpolicies', 'delete pods', 'delete sandboxes', 'delete services'],
      ...[
        'patch leases',
        'patch networkpolicies',
        'patch persistentvolumeclaims',
        'patch pods',
        'patch sandboxes/status',
        'patch sandboxtemplates',
        'patch services',
      ],
    ]);
  } finally {
    await program.stop();
    await scene.close();
    await cluster.kubectl(['delete', 'leases', '--all', `--namespace=${SYSTEM_NAMESPACE}`]);
    await cluster.kubectl(['delete', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: rights }));
  }
});
