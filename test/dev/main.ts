import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Chart, Testing } from 'cdk8s';
import { Screen } from '../../src/cli/tool/screen';
import { CLAIMS, SANDBOXES } from '../../src/controllers/shared/objects';
import { AgentSandboxCrds } from '../../src/index';
import { HttpTransport } from '../../src/runtime/http-transport';
import { findConnection } from '../../src/runtime/kube-config';
import { checkPrerequisites, MissingPrerequisiteError, provide } from '../cluster/build';
import { Cluster } from '../cluster/connection';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane';
import { Kubelet } from '../cluster/controllers/kubelet';
import { bundle, Program } from '../cluster/program';
import { synthesize } from '../cluster/synthesis';
import type { Manifest } from '../support/example-output';
import { isReady, tableOf, titleOf, type Followed } from './conditions';
import { Interrupted, Session } from './session';

const EXAMPLES = join(__dirname, '..', '..', 'examples');
const NAMES = readdirSync(EXAMPLES).flatMap((file) => /^(.*)\.ts$/.exec(file)?.[1] ?? []);

const HELP = `The controller on a real Kubernetes control plane on loopback, with throw-away data.

  npm run dev                  boots the control plane, installs the CRDs, starts the controller, applies examples/agent.ts
                               and follows the conditions of what it holds; Ctrl-C stops all of it
  npm run dev -- <example>     another one: ${NAMES.join(', ')}

There are no nodes and no containers: a small program binds Pods and reports them running.
The first start builds the control plane from Go modules, about 8 minutes on two cores.
`;

/** What of an example has conditions. */
const FOLLOWED = [SANDBOXES, CLAIMS];
const RETRY_MS = 1000;

async function main([example = 'agent', ...rest]: readonly string[]): Promise<number> {
  if (example === '--help' || example === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  if (rest.length > 0 || !existsSync(join(EXAMPLES, `${example}.ts`))) {
    process.stderr.write(`found ${[example, ...rest].join(' ')}, expected the name of one example\n\n${HELP}`);
    return 2;
  }
  checkPrerequisites();
  const screen = new Screen(process.stdout);
  const session = new Session((line) => screen.line(line));
  let isDone = false;
  try {
    await run(`${example}.ts`, screen, session, () => (isDone = true));
    return 1;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    screen.line('stopping …');
    return isDone ? 0 : 130;
  } finally {
    await session.close();
  }
}

/** Never resolves: it ends with an interruption or a failure. `done` is called when everything is Ready. */
async function run(example: string, screen: Screen, session: Session, done: () => void): Promise<never> {
  const synthesizing = synthesize(example);
  synthesizing.catch(() => undefined);
  await session.step('building the programs of the control plane, where they are missing', () => provide('kubectl'));
  const plane = await session.step(
    'starting etcd, kube-apiserver and kube-controller-manager',
    () => startControlPlane({ controllerManager: true }),
    (started) => started.stop(),
  );
  const manifests = await session.step(`synthesizing examples/${example}`, () => synthesizing);
  const cluster = clusterOf(plane);
  await session.step('installing the CRDs', () => cluster.installCrds(crds()));
  const namespaces = [...new Set(manifests.flatMap(({ metadata }) => metadata.namespace ?? []))];
  for (const name of namespaces) await session.step(`making namespace ${name}`, () => makeNamespace(cluster, name));
  await Promise.all(expectedRuntimes(manifests).map((name) => makeRuntimeClass(cluster, name)));
  const transport = new HttpTransport(await findConnection({ kubeconfig: plane.kubeconfig, environment: {} }), { version: 'dev' });
  await session.step(
    'starting what plays scheduler and kubelet',
    () => Promise.all(namespaces.map((name) => Kubelet.start(cluster, transport, name))),
    async (kubelets) => {
      await Promise.all(kubelets.map((kubelet) => kubelet.stop()));
      await transport.close();
    },
  );
  const program = await session.step(
    'starting the controller',
    () => startController(plane, (line) => screen.line(line)),
    (started) => started.stop(),
  );
  screen.line(`the controller is ready after ${Math.round(program.readyMs)} ms`);
  const startMs = performance.now();
  await session.step(`applying examples/${example}`, () => cluster.apply(manifests, { form: 'server' }));
  const tellReady = (): void => {
    done();
    const tookMs = performance.now() - startMs;
    screen.line(`everything is Ready ${(tookMs / 1000).toFixed(1)} s after the apply began; look at it in another terminal, and stop all of it by Ctrl-C:`);
    screen.line(`  export KUBECONFIG=${plane.kubeconfig}`);
  };
  await session.step(
    'following its conditions',
    () => Promise.resolve(follow(transport, manifests, screen, tellReady)),
    (stop) => Promise.resolve(stop()),
  );
  const ended = program.ended.then((code) => {
    throw new Error(`the controller has ended with exit code ${code}; what it said stands above`);
  });
  return Promise.race([session.interrupted, ended]);
}

const crds = (): readonly object[] => {
  const chart = new Chart(Testing.app(), 'crds');
  new AgentSandboxCrds(chart, 'crds');
  // cdk8s types what it makes as any.
  return chart.toJson() as readonly object[];
};

function clusterOf({ url, ca, caFile, adminToken: token, kubeconfig, auditLog, controllerManager, users }: ControlPlane): Cluster {
  return new Cluster({ url, ca, caFile, token, kubeconfig, auditLog, controllerManager, users });
}

async function makeNamespace(cluster: Cluster, name: string): Promise<void> {
  await cluster.object('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await cluster.waitFor(`/api/v1/namespaces/${name}/serviceaccounts/default`, 'to exist', ({ status }) => status === 200);
}

/** Runtimes that the cluster is to have already: those that the manifests name and do not bring. */
function expectedRuntimes(manifests: readonly Manifest[]): readonly string[] {
  const named = Array.from(JSON.stringify(manifests).matchAll(/"runtimeClassName":"([^"]+)"/g), ([, name = '']) => name);
  const brought = manifests.flatMap(({ kind, metadata }) => (kind === 'RuntimeClass' ? [metadata.name] : []));
  return [...new Set(named)].filter((name) => !brought.includes(name));
}

async function makeRuntimeClass(cluster: Cluster, name: string): Promise<void> {
  const body = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name }, handler: name };
  await cluster.object('POST', '/apis/node.k8s.io/v1/runtimeclasses', body);
}

async function startController({ kubeconfig }: ControlPlane, said: (line: string) => void): Promise<Program> {
  bundle();
  // With a Lease it ends by itself when its API server is gone, should nobody be left to stop it.
  const args = ['--extensions', '--leader-election-namespace=default', '--zap-encoder=console', '--zap-stacktrace-level=panic'];
  return Program.start({ kubeconfig, args, said });
}

/** Shows the conditions of the objects that have some, and tells once when all of them are Ready. Returns what ends it. */
function follow(transport: HttpTransport, manifests: readonly Manifest[], screen: Screen, ready: () => void): () => void {
  const wanted = manifests.filter(({ kind }) => FOLLOWED.some((resource) => resource.kind === kind)).map(titleOfManifest);
  const found = new Map<string, Followed>();
  let isTold = false;
  let isStopped = false;
  const stops = new Map<string, () => void>();
  const look = (): void => {
    const objects = wanted.flatMap((title) => found.get(title) ?? []);
    screen.show(tableOf(objects));
    if (isTold || objects.length < wanted.length || !objects.every(isReady)) return;
    isTold = true;
    ready();
  };
  for (const resource of FOLLOWED) {
    const watch = (): void => {
      const stop = transport.watch(
        { resource, namespace: '', initialEvents: true, timeoutSeconds: 600 },
        {
          event(type, object) {
            if (type === 'BOOKMARK') return;
            const followed = { ...object, kind: resource.kind };
            if (type === 'DELETED') found.delete(titleOf(followed));
            else found.set(titleOf(followed), followed);
            look();
          },
          end: () => void setTimeout(() => isStopped || watch(), RETRY_MS),
        },
      );
      stops.set(resource.kind, stop);
    };
    watch();
  }
  look();
  return () => {
    isStopped = true;
    stops.forEach((stop) => stop());
  };
}

const titleOfManifest = ({ kind, metadata: { name, namespace = 'default' } }: Manifest): string => `${kind} ${namespace}/${name}`;

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const plain = error instanceof MissingPrerequisiteError ? error.message : undefined;
    process.stderr.write(`${plain ?? (error instanceof Error ? error.stack : String(error))}\n`);
    process.exit(1);
  },
);
