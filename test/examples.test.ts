import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { specSchema } from '../src/api/crds';
import { KINDS } from '../src/api/kinds';
import { render } from '../src/api/render';
import { EXAMPLES, ExampleOutput, manifestsIn, type Manifest } from './support/example-output';
import { podOf, policiesOf, ROUTER, sandboxOf, stranger, type Blueprint, type Workload } from './support/example-pods';
import { INTERNET, isSelected, reaches, type Pod } from './support/network-reach';

const ROOT = join(__dirname, '..');
const SANDBOX_PORT = 8888;

const outputs = new Map<string, ExampleOutput>();
beforeAll(async () => {
  for (const example of EXAMPLES) outputs.set(example, await ExampleOutput.of(example));
});

function outputOf(example: string): ExampleOutput {
  const output = outputs.get(example);
  if (!output) throw new Error(`there is no examples/${example}`);
  return output;
}

test.each(EXAMPLES)('the README tells of %s', (example) => {
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`(examples/${example})`);
});

describe('agent.ts', () => {
  test('runs under the RuntimeClass that it makes', () => {
    const output = outputOf('agent.ts');
    const { podTemplate } = output.one<Blueprint>('Sandbox').spec;
    expect(output.one('RuntimeClass')).toMatchObject({ metadata: { name: podTemplate.spec.runtimeClassName }, handler: 'runsc' });
  });

  test('has a disk that its user may write to, and that no GitOps tool deletes', () => {
    const { metadata, spec } = outputOf('agent.ts').one<Blueprint>('Sandbox');
    expect(spec.volumeClaimTemplates?.map((volume) => volume.metadata.name)).toEqual(['workspace']);
    expect(spec.podTemplate.spec.containers[0]?.volumeMounts?.map(({ name }) => name)).toContain('workspace');
    expect(spec.podTemplate.spec.securityContext).toMatchObject({ runAsUser: 1000, fsGroup: 1000 });
    expect(metadata.annotations).toMatchObject({ 'argocd.argoproj.io/sync-options': 'Prune=false', 'kustomize.toolkit.fluxcd.io/prune': 'disabled' });
  });
});

describe('code-interpreter.ts', () => {
  test('hands out members of its pool, which are made from its template', () => {
    const output = outputOf('code-interpreter.ts');
    const template = output.one('SandboxTemplate').metadata.name;
    const pool = output.one('SandboxWarmPool');
    expect(pool.spec).toMatchObject({ replicas: 20, sandboxTemplateRef: { name: template } });
    expect(output.all('SandboxClaim').map(({ spec }) => spec)).toEqual(
      ['statistics', 'plots'].map(() => ({
        warmPoolRef: { name: pool.metadata.name },
        lifecycle: { ttlSecondsAfterFinished: 600, shutdownPolicy: 'Delete' },
      })),
    );
  });

  test('lets only the router in and nothing out, and bounds what code may take', () => {
    const output = outputOf('code-interpreter.ts');
    const template = output.one<Blueprint>('SandboxTemplate');
    const [policies, sandbox] = [policiesOf(output), sandboxOf(template)];
    expect(reaches(policies, ROUTER, sandbox, SANDBOX_PORT)).toBe(true);
    expect(reaches(policies, stranger('interpreters'), sandbox, SANDBOX_PORT)).toBe(false);
    expect(reaches(policies, sandbox, INTERNET, 443)).toBe(false);
    expect(reaches(policies, sandbox, stranger('interpreters'), 80)).toBe(false);
    expect(template.spec.podTemplate.spec.containers[0]?.resources).toMatchObject({ limits: { cpu: '1', memory: '1Gi' } });
  });
});

describe('autoscaled-fleet.ts', () => {
  test('leaves the number of members to an autoscaler that watches the claims of this very pool', () => {
    const output = outputOf('autoscaled-fleet.ts');
    const { apiVersion, kind, metadata, spec } = output.one('SandboxWarmPool');
    expect(spec).not.toHaveProperty('replicas');
    expect(output.one('HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { apiVersion, kind, name: metadata.name },
      metrics: [{ external: { metric: { selector: { matchLabels: { warmpool_name: metadata.name } } } } }],
    });
  });

  test('refuses to evict a Sandbox that somebody has, and no member in stock', () => {
    const output = outputOf('autoscaled-fleet.ts');
    const template = output.one('SandboxTemplate');
    const { selector } = output.one<{ readonly selector: object }>('PodDisruptionBudget').spec;
    expect([sandboxOf(template), sandboxOf(template, true)].map(({ labels }) => isSelected(selector, labels))).toEqual([true, false]);
  });

  test('opens the model gateway and the internet, and no other Pod', () => {
    const output = outputOf('autoscaled-fleet.ts');
    const [policies, sandbox] = [policiesOf(output), sandboxOf(output.one('SandboxTemplate'))];
    const gateway: Pod = { namespace: 'model-gateway', labels: { app: 'gateway' } };
    expect([gateway, INTERNET, stranger('coding')].map((to) => reaches(policies, sandbox, to as Pod, 8443))).toEqual([true, true, false]);
  });
});

test('office-hours.ts fills the pool before work and empties it behind, in the time of the people', () => {
  const output = outputOf('office-hours.ts');
  expect(output.one('SandboxWarmPool').spec).not.toHaveProperty('replicas');
  const schedules = output.all<{ readonly schedule: string; readonly timeZone: string }>('CronJob').map(({ spec }) => [spec.schedule, spec.timeZone]);
  expect(schedules.sort()).toEqual([
    ['0 19 * * 1-5', 'Europe/Berlin'],
    ['30 7 * * 1-5', 'Europe/Berlin'],
  ]);
});

describe('tenants.ts', () => {
  test('puts everything of a team into its own namespace and file', () => {
    const { files } = outputOf('tenants.ts');
    const namespacesOf = (manifests: readonly Manifest[]) =>
      new Set(manifests.map(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : metadata.namespace)));
    expect([...files].map(([file, manifests]) => [file, [...namespacesOf(manifests)]])).toEqual([
      ['team-blue.k8s.yaml', ['team-blue']],
      ['team-red.k8s.yaml', ['team-red']],
    ]);
  });

  test('keeps the Sandboxes of one team from those of the other', () => {
    const output = outputOf('tenants.ts');
    const policies = policiesOf(output);
    const [red, blue] = output.all('SandboxTemplate').map((template) => sandboxOf(template));
    expect(red && blue && [reaches(policies, red, blue, SANDBOX_PORT), reaches(policies, blue, red, SANDBOX_PORT)]).toEqual([false, false]);
  });
});

describe('agent-platform.ts', () => {
  const pods = () => {
    const output = outputOf('agent-platform.ts');
    return {
      server: podOf(output.one<Workload>('Deployment', 'server')),
      database: podOf(output.one<Workload>('StatefulSet')),
      sandbox: sandboxOf(output.one('SandboxTemplate')),
    };
  };
  type Connection = (all: ReturnType<typeof pods>) => readonly [from: Pod, to: Pod | typeof INTERNET, port: number];
  const isOpen = (connection: Connection) => reaches(policiesOf(outputOf('agent-platform.ts')), ...connection(pods()));

  test.each<[string, Connection]>([
    ['the web app reaches a Sandbox', ({ server, sandbox }) => [server, sandbox, SANDBOX_PORT]],
    ['the web app reaches the database', ({ server, database }) => [server, database, 5432]],
    ['a Sandbox reaches the internet', ({ sandbox }) => [sandbox, INTERNET, 443]],
  ])('%s', (_, connection) => {
    expect(isOpen(connection)).toBe(true);
  });

  test.each<[string, Connection]>([
    ['another port of a Sandbox from the web app', ({ server, sandbox }) => [server, sandbox, 22]],
    ['a Sandbox from a neighbour of the web app', ({ sandbox }) => [stranger('acme'), sandbox, SANDBOX_PORT]],
    ['a Sandbox from the router', ({ sandbox }) => [ROUTER, sandbox, SANDBOX_PORT]],
    ['a Sandbox from another', ({ sandbox }) => [sandbox, sandbox, SANDBOX_PORT]],
    ['the database from a Sandbox', ({ sandbox, database }) => [sandbox, database, 5432]],
    ['the web app from a Sandbox', ({ sandbox, server }) => [sandbox, server, 8080]],
    ['the database from a neighbour of the web app', ({ database }) => [stranger('acme'), database, 5432]],
    ['the internet from the database', ({ database }) => [database, INTERNET, 443]],
    ['the internet from another Pod beside the Sandboxes', () => [stranger('acme-agents'), INTERNET, 443]],
  ])('nobody reaches %s', (_, connection) => {
    expect(isOpen(connection)).toBe(false);
  });

  test('leads from the Ingress to the web app and from its PGHOST to the database', () => {
    const output = outputOf('agent-platform.ts');
    const { server, database } = pods();
    const selects = (service: string, pod: Pod) =>
      isSelected({ matchLabels: output.one<{ readonly selector: Pod['labels'] }>('Service', service).spec.selector }, pod.labels);
    expect([selects('server', server), selects('server', database), selects('database', database), selects('database', server)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(JSON.stringify(output.one('Ingress').spec)).toContain('"service":{"name":"server","port":{"number":8080}}');
    expect(output.one('Deployment', 'server').spec).toMatchObject({
      template: { spec: { containers: [{ env: [{ name: 'PGHOST', value: 'database' }, { name: 'PGPASSWORD' }] }] } },
    });
  });

  test('writes no password into Git', () => {
    expect(outputOf('agent-platform.ts').all('Secret')).toEqual([]);
  });
});

describe('argo-cd.ts', () => {
  interface Application {
    readonly source: { readonly directory: { readonly include: string } };
  }
  const WAVE = 'argocd.argoproj.io/sync-wave';

  test('has one Application for each other file', () => {
    const output = outputOf('argo-cd.ts');
    const included = output.all<Application>('Application').map(({ spec }) => spec.source.directory.include);
    expect([...included, 'argo-cd.k8s.yaml'].sort()).toEqual([...output.files.keys()]);
  });

  test('applies what others need first', () => {
    const { files } = outputOf('argo-cd.ts');
    const waves = (file: string) => files.get(file)?.map(({ kind, metadata }) => [kind, Number(metadata.annotations?.[WAVE])] as const);
    expect(waves('agents.k8s.yaml')).toEqual(
      expect.arrayContaining([
        ['SandboxTemplate', 0],
        ['SandboxWarmPool', 2],
        ['HorizontalPodAutoscaler', 2],
        ['Sandbox', 2],
      ]),
    );
    expect(waves('agent-sandbox.k8s.yaml')?.filter(([, wave]) => !(wave < 0))).toEqual([]);
  });

  test('keeps CRDs and volumes when they disappear from Git, and teaches the health of all our kinds', () => {
    const output = outputOf('argo-cd.ts');
    const kept = output.manifests.filter(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/sync-options']?.includes('Prune=false'));
    expect(new Set(kept.map(({ kind }) => kind))).toEqual(new Set(['CustomResourceDefinition', 'Sandbox', 'NetworkPolicy']));
    expect(output.one('ConfigMap')).toMatchObject({
      data: Object.fromEntries(KINDS.map(({ group, kind }) => [`resource.customizations.health.${group}_${kind}`, expect.stringContaining('return')])),
    });
  });
});

describe('flux.ts', () => {
  interface Kustomization {
    readonly path: string;
    readonly dependsOn?: ReadonlyArray<{ readonly name: string }>;
    readonly healthCheckExprs: ReadonlyArray<{ readonly kind: string }>;
  }

  test('has one Kustomization for each other folder, each behind those before it', () => {
    const output = outputOf('flux.ts');
    const folders = new Set([...output.files.keys()].map((file) => `./dist/${file.split('/')[0]}`));
    const kustomizations = output.all<Kustomization>('Kustomization');
    expect(new Set([...kustomizations.map(({ spec }) => spec.path), './dist/flux'])).toEqual(folders);
    expect(Object.fromEntries(kustomizations.map(({ metadata, spec }) => [metadata.name, spec.dependsOn?.map(({ name }) => name)]))).toEqual({
      'agent-sandbox': undefined,
      pools: ['agent-sandbox'],
      agents: ['agent-sandbox', 'pools'],
    });
  });

  test('tells Flux the health of all our kinds', () => {
    for (const { spec } of outputOf('flux.ts').all<Kustomization>('Kustomization'))
      expect(spec.healthCheckExprs.map(({ kind }) => kind).sort()).toEqual(KINDS.map(({ kind }) => kind).sort());
  });
});

test('install.ts is the whole installation in three lines', () => {
  const lines = readFileSync(join(ROOT, 'examples', 'install.ts'), 'utf8').split('\n');
  expect(lines.filter((line) => line !== '' && !/^(import|\/\/) ?/.test(line))).toHaveLength(3);
  const output = outputOf('install.ts');
  expect(output.all('CustomResourceDefinition')).toHaveLength(KINDS.length);
  expect(output.one('Deployment').metadata).toMatchObject({ name: 'agent-sandbox-controller', namespace: 'agent-sandbox-system' });
});

describe('upgrade.ts', () => {
  /** An object with its spec as the API server stores it. */
  function stored({ spec, ...rest }: Manifest): object {
    const kind = KINDS.find((candidate) => candidate.kind === rest.kind);
    if (!kind) throw new Error(`${rest.kind} is none of our kinds`);
    return { ...rest, spec: render(specSchema(kind), spec, rest.kind) };
  }

  test('renders what was written by hand, object by object', () => {
    const byHand = manifestsIn(readFileSync(join(ROOT, 'examples', 'legacy', 'research.yaml'), 'utf8'));
    expect(byHand).toHaveLength(4);
    expect(outputOf('upgrade.ts').manifests.map(stored)).toEqual(byHand.map(stored));
  });
});
