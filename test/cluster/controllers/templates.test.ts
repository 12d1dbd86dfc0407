import { LABELS } from '../../../src/api/keys';
import { EXTENSIONS_GROUP, VERSION } from '../../../src/api/kinds';
import { nameHash } from '../../../src/api/names';
import {
  NETWORK_POLICIES,
  PODS,
  SANDBOXES,
  TEMPLATES,
  type NetworkPolicy,
  type NetworkPolicyRules,
  type Sandbox,
  type SandboxTemplate,
} from '../../../src/controllers/shared/objects';
import type { KubeObject, Resource } from '../../../src/runtime/object';
import { cluster } from '../connection';
import { until } from '../until';
import type { ControllerProcess } from './controller-process';
import { controlledBy } from './owners';
import { conditionOf, Scene } from './scene';

/** Templates and their policies on a real API server; the numbers are the cases of spec 04 §5. */

jest.setTimeout(240_000);

let scene: Scene;
let controllers: ControllerProcess;
beforeAll(async () => {
  scene = await Scene.open(cluster(), 'templates');
  controllers = await scene.start();
});
afterAll(() => scene.close());

const POOLS: Resource = { group: EXTENSIONS_GROUP, version: VERSION, kind: 'SandboxWarmPool', plural: 'sandboxwarmpools' };
const CLAIMS: Resource = { group: EXTENSIONS_GROUP, version: VERSION, kind: 'SandboxClaim', plural: 'sandboxclaims' };
const POD_TEMPLATE = { spec: { containers: [{ name: 'main', image: 'i' }] } };
/** Rules that nobody but the API server writes like this. */
const INCOMPLETE: NetworkPolicyRules = {
  ingress: [{ from: [{ podSelector: { matchLabels: {}, matchExpressions: [] } }, { ipBlock: { cidr: '10.0.0.0/8', except: [] } }], ports: [{ port: 80 }, {}] }],
  egress: [
    { to: [], ports: [] },
    {
      ports: [
        { protocol: 'UDP', port: 'dns' },
        { port: 1000, endPort: 2000 },
      ],
    },
  ],
};

const policyOf = (name: string): string => `${name}-network-policy`;
const template = (name: string, spec: object = {}): Promise<SandboxTemplate> => scene.make(TEMPLATES, name, { spec: { podTemplate: POD_TEMPLATE, ...spec } });
const policy = (name: string, what = 'to exist', fits: (policy: NetworkPolicy) => boolean = () => true) =>
  scene.until(NETWORK_POLICIES, policyOf(name), what, fits);
const selector = (name: string) => ({ matchLabels: { [LABELS.templateRefHash]: nameHash(name) } });

it('a template without rules gets the default policy, owned and bare, and its label (1, 8)', async () => {
  const { metadata } = await template('python');
  const { metadata: made, spec } = await policy('python');
  const owner = { apiVersion: 'extensions.agents.x-k8s.io/v1beta1', kind: 'SandboxTemplate', name: 'python', uid: metadata.uid };
  expect(made.ownerReferences).toEqual([{ ...owner, controller: true, blockOwnerDeletion: true }]);
  expect([made.labels, made.annotations]).toEqual([undefined, undefined]);
  expect(spec).toEqual({
    podSelector: selector('python'),
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'agent-sandbox-system' } },
            podSelector: { matchLabels: { app: 'sandbox-router' } },
          },
        ],
      },
    ],
    egress: [
      {
        to: [
          { ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'] } },
          { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
        ],
      },
    ],
  });
  await scene.until(TEMPLATES, 'python', 'to be labelled', ({ metadata: { labels } }) => labels?.[LABELS.templateRefHash] === nameHash('python'));
  await scene.settled(controllers);
  expect(scene.writes('python')).toEqual(['patch sandboxtemplates python 200', 'create networkpolicies python-network-policy 201']);
});

it('{} denies everything both ways (3)', async () => {
  await template('closed', { networkPolicy: {} });
  expect((await policy('closed')).spec).toEqual({ podSelector: selector('closed'), policyTypes: ['Ingress', 'Egress'] });
});

it('own rules are copied, completed by the API server, and written once for each edit (2, 5)', async () => {
  await template('own', { networkPolicy: INCOMPLETE });
  const { spec } = await policy('own');
  expect(spec).toEqual({
    podSelector: selector('own'),
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'TCP', port: 80 }, { protocol: 'TCP' }] }],
    egress: [
      {},
      {
        ports: [
          { protocol: 'UDP', port: 'dns' },
          { protocol: 'TCP', port: 1000, endPort: 2000 },
        ],
      },
    ],
  });
  const writesOfPolicy = () => scene.writes('own-network-policy');
  const look = async () => {
    controllers.wakeTemplate({ namespace: scene.namespace, name: 'own' });
    await scene.settled(controllers);
  };
  await look();
  expect(writesOfPolicy()).toEqual(['create networkpolicies own-network-policy 201']);
  await scene.patch(TEMPLATES, 'own', { spec: { networkPolicy: { ingress: null } } });
  await policy('own', 'to have no ingress', (edited) => edited.spec.ingress === undefined);
  await look();
  expect(writesOfPolicy()).toEqual(['create networkpolicies own-network-policy 201', 'patch networkpolicies own-network-policy 200']);
});

it('a template that becomes unmanaged loses its policy, not one of somebody else, and gets it back (4)', async () => {
  await template('wild');
  const { metadata } = await policy('wild');
  const foreign = await scene.make(NETWORK_POLICIES, policyOf('foreign'), { spec: { podSelector: {} } });
  await template('foreign', { networkPolicyManagement: 'Unmanaged' });
  await scene.patch(TEMPLATES, 'wild', { spec: { networkPolicyManagement: 'Unmanaged' } });
  await scene.gone(NETWORK_POLICIES, policyOf('wild'));
  await scene.settled(controllers);
  await scene.expectUntouched(NETWORK_POLICIES, foreign);
  await scene.patch(TEMPLATES, 'wild', { spec: { networkPolicyManagement: 'Managed' } });
  expect((await policy('wild')).metadata.uid).not.toBe(metadata.uid);
});

it('a policy of somebody else is never touched, is told of, and makes room when it goes (6)', async () => {
  const foreign = await scene.make(NETWORK_POLICIES, policyOf('taken'), { spec: { podSelector: {} } });
  await template('taken');
  await scene.until(TEMPLATES, 'taken', 'to be labelled', ({ metadata: { labels } }) => labels !== undefined);
  await scene.settled(controllers);
  await scene.expectUntouched(NETWORK_POLICIES, foreign);
  const note = 'refusing to update NetworkPolicy "taken-network-policy" as it is not controlled by SandboxTemplate "taken"';
  const events = controllers.events.filter(({ regarding }) => regarding.metadata.name === 'taken');
  expect(events[0]).toMatchObject({ reporter: 'sandboxtemplate-controller', type: 'Warning', reason: 'NetworkPolicyConflict', note });
  await scene.delete(NETWORK_POLICIES, policyOf('taken'));
  await policy('taken', 'to be ours', ({ metadata }) => metadata.uid !== foreign.metadata.uid);
});

it('an owned policy that somebody edits or deletes is restored (7)', async () => {
  await template('tough');
  const { spec, metadata } = await policy('tough');
  await scene.patch(NETWORK_POLICIES, policyOf('tough'), { spec: { podSelector: { matchLabels: { app: 'x' } }, egress: [{}], policyTypes: ['Egress'] } });
  await policy('tough', 'to be restored', (restored) => JSON.stringify(restored.spec) === JSON.stringify(spec));
  await scene.delete(NETWORK_POLICIES, policyOf('tough'));
  expect((await policy('tough', 'to be there again', (again) => again.metadata.uid !== metadata.uid)).spec).toEqual(spec);
});

it('a template that is deleted takes its policy along', async () => {
  await template('short');
  await policy('short');
  await scene.delete(TEMPLATES, 'short');
  expect(await scene.gone(NETWORK_POLICIES, policyOf('short'))).toBe(true);
});

describe('the Pod of a Sandbox', () => {
  const LABELLED = { [LABELS.templateRefHash]: nameHash('python'), [LABELS.warmPool]: nameHash('pool') };
  const podSpec = { podTemplate: { metadata: { labels: { app: 'a' } }, ...POD_TEMPLATE } };
  let pool: KubeObject;
  beforeAll(async () => {
    pool = await scene.make(POOLS, 'pool', { spec: { replicas: 1, sandboxTemplateRef: { name: 'python' } } });
  });

  it('that a pool owns is selected by the policy, and still is when a claim takes it over, in one write (9; 03 §14 rows 7, 8)', async () => {
    const isMember = (sandbox: Sandbox) => sandbox.metadata.ownerReferences?.[0]?.uid === pool.metadata.uid && conditionOf(sandbox, 'Ready')?.status === 'True';
    const { name } = (await until('the pool to have a member', async () => (await scene.list(SANDBOXES)).find(isMember))).metadata;
    const { metadata } = await scene.until(PODS, name, 'to exist');
    expect(metadata.labels).toMatchObject(LABELLED);
    expect(metadata.annotations).toMatchObject({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' });
    const claim = await scene.make(CLAIMS, 'claim', { spec: { warmPoolRef: { name: 'pool' } } });
    const { metadata: taken } = await scene.until(PODS, name, 'to follow', (pod) => pod.metadata.labels?.[LABELS.claimUid] !== undefined);
    expect(taken.uid).toBe(metadata.uid);
    expect(taken.labels).toMatchObject({ [LABELS.templateRefHash]: nameHash('python'), [LABELS.claimUid]: claim.metadata.uid });
    expect(taken.labels).not.toHaveProperty([LABELS.warmPool]);
    expect(taken.annotations).not.toHaveProperty('cluster-autoscaler.kubernetes.io/safe-to-evict');
    await scene.settled(controllers);
    expect(scene.writes(name).filter((write) => write.includes(' pods '))).toEqual([`create pods ${name} 201`, `patch pods ${name} 200`]);
  });

  it('whose owner has an older API version is the same (03 §14 row 9)', async () => {
    const owner = { ...controlledBy(pool), apiVersion: 'extensions.agents.x-k8s.io/v1alpha1', uid: '00000000-0000-4000-8000-000000000000' };
    await scene.sandbox('old', { ...podSpec, operatingMode: 'Suspended' }, { labels: LABELLED, finalizers: ['e.com/held'], ownerReferences: [owner] });
    await scene.patch(SANDBOXES, 'old', { spec: { operatingMode: 'Running' } });
    expect((await scene.until(PODS, 'old', 'to exist')).metadata.labels).toMatchObject(LABELLED);
    await scene.patch(SANDBOXES, 'old', { metadata: { finalizers: null } });
  });

  it('that is bare is selected by no policy, whatever labels its user forges (08 §14 scenario 12)', async () => {
    // Of a pool that is not there: one that is would delete what claims to be its own and does not match.
    const forged = { ...LABELLED, [LABELS.warmPool]: nameHash('nobody'), [LABELS.claimUid]: 'x' };
    await scene.sandbox('forger', { podTemplate: { metadata: { labels: { app: 'a', ...forged } }, ...POD_TEMPLATE } }, { labels: forged });
    await scene.ready('forger');
    const { metadata } = await scene.until(PODS, 'forger', 'to exist');
    expect(metadata.labels).toEqual({ app: 'a', [LABELS.sandboxNameHash]: nameHash('forger') });
    const forge = { metadata: { labels: forged, annotations: { 'agents.x-k8s.io/propagated-labels': `app,${Object.keys(forged).join()}` } } };
    await scene.patch(PODS, 'forger', forge);
    await scene.until(PODS, 'forger', 'to be cleaned (03 §14 row 5)', (pod) => Object.keys(pod.metadata.labels ?? {}).length === 2);
  });
});

it('with --label-templates=false templates stay as they are', async () => {
  const purist = await Scene.open(cluster(), 'purist');
  try {
    await purist.start({ areTemplatesLabelled: false });
    const made = await purist.make(TEMPLATES, 'python', { spec: { podTemplate: POD_TEMPLATE } });
    await purist.until(NETWORK_POLICIES, policyOf('python'), 'to exist');
    expect(await purist.find(TEMPLATES, 'python')).toEqual(made);
  } finally {
    await purist.close();
  }
});
