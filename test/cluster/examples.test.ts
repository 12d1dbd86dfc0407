import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { manifestsIn } from '../support/example-output';
import { cluster, type KubeObject } from './connection';
import { driftOf, whileApplied, type Manifest } from './drift';
import { synthesize } from './synthesis';

jest.setTimeout(180_000);

const ROOT = join(__dirname, '..', '..');
const EXAMPLES = readdirSync(join(ROOT, 'examples')).filter((file) => file.endsWith('.ts'));

describe.each(EXAMPLES)('examples/%s', (example) => {
  it('has at most 80 lines', () => {
    expect(
      readFileSync(join(ROOT, 'examples', example), 'utf8')
        .trimEnd()
        .split('\n').length,
    ).toBeLessThanOrEqual(80);
  });

  it('is applied without drift by server-side and by client-side apply, and leaves nothing behind when deleted', async () => {
    const manifests = await synthesize(example);
    expect(manifests.length).toBeGreaterThan(0);
    expect(await driftOf(cluster(), manifests)).toEqual([]);
  });
});

/** Who asks for what, in RBAC's words; a resource of another group than that of claims and pools is named with its group. */
interface Question {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
}

/** What `kubectl auth can-i --as` asks. */
async function isAllowed({ user, groups, verb, resource: named, namespace }: Question): Promise<boolean> {
  const [resource = '', subresource] = (named.split('.')[0] ?? '').split('/');
  const group = named.includes('.') ? named.slice(named.indexOf('.') + 1) : 'extensions.agents.x-k8s.io';
  const review = await cluster().object('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups, resourceAttributes: { namespace, verb, group, resource, subresource } },
  });
  // The API server answers it with the decision.
  return (review.status as { readonly allowed: boolean }).allowed;
}

/** The questions to which the answer is not the expected one. */
async function wrongAnswers(questions: ReadonlyArray<readonly [Question, boolean]>): Promise<readonly Question[]> {
  const answers = await Promise.all(questions.map(async ([question, expected]) => ({ question, isRight: (await isAllowed(question)) === expected })));
  return answers.filter(({ isRight }) => !isRight).map(({ question }) => question);
}

const SANDBOXES = 'sandboxes.agents.x-k8s.io';
/** Where the API server serves the pools of examples. */
const POOLS = {
  coder: '/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/coding/sandboxwarmpools/coder',
  notebook: '/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/analytics/sandboxwarmpools/notebook',
};
// Both paths lead to pools.
const replicasIn = (pool: unknown): number => (pool as { readonly spec: { readonly replicas: number } }).spec.replicas;

it('examples/tenants.ts keeps each person to the own namespace and to what the own role is for', async () => {
  const developer = { user: 'rosa', groups: ['team-red'] };
  const lead = { user: 'lea', groups: ['team-red-leads'] };
  const onCall = { user: 'olaf', groups: ['on-call'] };
  const [red, blue] = ['team-red', 'team-blue'];
  const wrong = await whileApplied(cluster(), await synthesize('tenants.ts'), () =>
    wrongAnswers([
      [{ ...developer, verb: 'create', resource: 'sandboxclaims', namespace: red }, true],
      [{ ...developer, verb: 'create', resource: 'sandboxclaims', namespace: blue }, false],
      [{ ...developer, verb: 'get', resource: SANDBOXES, namespace: blue }, false],
      [{ ...developer, verb: 'create', resource: SANDBOXES, namespace: red }, false],
      [{ ...developer, verb: 'patch', resource: SANDBOXES, namespace: red }, false],
      [{ ...developer, verb: 'patch', resource: 'sandboxwarmpools/scale', namespace: red }, false],
      [{ ...lead, verb: 'patch', resource: 'sandboxwarmpools/scale', namespace: red }, true],
      [{ ...lead, verb: 'update', resource: 'sandboxtemplates', namespace: blue }, false],
      [{ ...onCall, verb: 'patch', resource: SANDBOXES, namespace: red }, true],
      [{ ...onCall, verb: 'patch', resource: SANDBOXES, namespace: blue }, true],
      [{ ...onCall, verb: 'delete', resource: SANDBOXES, namespace: red }, false],
      [{ ...onCall, verb: 'create', resource: 'sandboxclaims', namespace: red }, false],
    ]),
  );
  expect(wrong).toEqual([]);
});

it('examples/agent-platform.ts lets the web app claim Sandboxes, where they are and nothing more', async () => {
  const manifests = (await synthesize('agent-platform.ts')).filter(({ kind, metadata }) => kind === 'Namespace' || metadata.namespace?.startsWith('acme'));
  const user = 'system:serviceaccount:acme:server';
  const wrong = await whileApplied(cluster(), manifests, () =>
    wrongAnswers([
      [{ user, verb: 'create', resource: 'sandboxclaims', namespace: 'acme-agents' }, true],
      [{ user, verb: 'get', resource: SANDBOXES, namespace: 'acme-agents' }, true],
      [{ user, verb: 'create', resource: SANDBOXES, namespace: 'acme-agents' }, false],
      [{ user, verb: 'create', resource: 'sandboxclaims', namespace: 'acme' }, false],
      [{ user: 'system:serviceaccount:acme:default', verb: 'create', resource: 'sandboxclaims', namespace: 'acme-agents' }, false],
    ]),
  );
  expect(wrong).toEqual([]);
});

it('examples/autoscaled-fleet.ts is filled to its least stock by the autoscaler of Kubernetes, and applying it again takes nothing back', async () => {
  const manifests = await synthesize('autoscaled-fleet.ts');
  const size = await whileApplied(cluster(), manifests, async () => {
    // The autoscaler looks every 15 seconds, and every 30 for new kinds.
    await cluster().waitFor(POOLS.coder, 'to have 10 members', ({ body }) => replicasIn(body) === 10, 90_000);
    await cluster().apply(manifests, { form: 'server' });
    return replicasIn((await cluster().request('GET', POOLS.coder)).body);
  });
  expect(size).toBe(10);
});

it('examples/office-hours.ts has CronJobs whose commands, run under their account, size the pool', async () => {
  const manifests = await synthesize('office-hours.ts');
  const account = ['--namespace=analytics', '--as=system:serviceaccount:analytics:notebook-scaler'];
  const sizes = await whileApplied(cluster(), manifests, async () => {
    const found: unknown[] = [];
    for (const command of manifests.filter(({ kind }) => kind === 'CronJob').map(commandOf)) {
      expect(command[0]).toBe('kubectl');
      await cluster().kubectl([...command.slice(1), ...account]);
      found.push(replicasIn((await cluster().request('GET', POOLS.notebook)).body));
    }
    await expect(cluster().kubectl(['delete', 'sandboxwarmpool', 'notebook', ...account])).rejects.toThrow('forbidden');
    return found;
  });
  expect(sizes.sort()).toEqual([2, 50]);
});

/** The command of the one container of a CronJob. */
function commandOf(cronJob: Manifest): readonly string[] {
  interface CronJob {
    readonly spec: {
      readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: { readonly containers: ReadonlyArray<{ readonly command: string[] }> } } } };
    };
  }
  // What every CronJob has.
  return (cronJob as unknown as CronJob).spec.jobTemplate.spec.template.spec.containers[0]?.command ?? [];
}

it('examples/upgrade.ts, applied over what was written by hand, changes nothing', async () => {
  const byHand = readFileSync(join(ROOT, 'examples', 'legacy', 'research.yaml'), 'utf8');
  const typed = await synthesize('upgrade.ts');
  const generations = await whileApplied(cluster(), manifestsIn(byHand), async () => {
    await cluster().apply(byHand, { form: 'client' });
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: typed });
    // It ends with 1, which rejects, when there is a difference.
    await cluster().kubectl(['diff', '--filename', '-'], input);
    await cluster().apply(typed, { form: 'client' });
    const { items } = JSON.parse(await cluster().kubectl(['get', '--filename', '-', '--output', 'json'], input)) as { readonly items: readonly KubeObject[] };
    return items.map(({ metadata }) => metadata.generation);
  });
  expect(generations).toEqual([1, 1, 1, 1]);
});
