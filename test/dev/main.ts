import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Screen } from '../../src/cli/tool/screen';
import { CLAIMS, SANDBOXES } from '../../src/controllers/shared/objects';
import type { HttpTransport } from '../../src/runtime/http-transport';
import { checkPrerequisites } from '../cluster/build';
import { synthesize } from '../cluster/synthesis';
import type { Manifest } from '../support/example-output';
import { isReady, tableOf, titleOf, type Followed } from './conditions';
import { exitWith, inSession, type Session } from './session';
import { makeNamespace, makeRuntimeClass, startCluster, startController, startKubelets } from './surroundings';

const EXAMPLES = join(__dirname, '..', '..', 'examples');
const NAMES = readdirSync(EXAMPLES).flatMap((file) => /^(.*)\.ts$/.exec(file)?.[1] ?? []);

const HELP = `The controller on a real Kubernetes control plane on loopback, with throw-away data.

  npm run dev                  boots the control plane, installs the CRDs, starts the controller, applies examples/agent.ts
                               and follows the conditions of what it holds; Ctrl-C stops all of it
  npm run dev -- <example>     another one: ${NAMES.join(', ')}

There are no nodes and no containers: a small program binds Pods and reports them running.
The first start builds the control plane from Go modules, about 8 minutes on two cores.
`;

// With a Lease the controller ends by itself when its API server is gone, should nobody be left to stop it.
const FLAGS = ['--extensions', '--leader-election-namespace=default', '--zap-encoder=console', '--zap-stacktrace-level=panic'];
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
  let isDone = false;
  return inSession(
    (line) => screen.line(line),
    (session) => run(`${example}.ts`, screen, session, () => (isDone = true)),
    () => (isDone ? 0 : 130),
  );
}

/** Never resolves: it ends with an interruption or a failure. `done` is called when everything is Ready. */
async function run(example: string, screen: Screen, session: Session, done: () => void): Promise<never> {
  const synthesizing = synthesize(example);
  synthesizing.catch(() => undefined);
  const cluster = await startCluster(session);
  const manifests = await session.step(`synthesizing examples/${example}`, () => synthesizing);
  const namespaces = [...new Set(manifests.flatMap(({ metadata }) => metadata.namespace ?? []))];
  for (const name of namespaces) await session.step(`making namespace ${name}`, () => makeNamespace(cluster, name));
  await Promise.all(expectedRuntimes(manifests).map((name) => makeRuntimeClass(cluster, name)));
  const transport = await startKubelets(session, cluster, namespaces);
  const { kubeconfig } = cluster.connection;
  const { readyMs, endedEarly } = await startController(session, { kubeconfig, args: FLAGS, said: (line) => screen.line(line) });
  screen.line(`the controller is ready after ${Math.round(readyMs)} ms`);
  const startMs = performance.now();
  await session.step(`applying examples/${example}`, () => cluster.apply(manifests, { form: 'server' }));
  const tellReady = (): void => {
    done();
    const tookMs = performance.now() - startMs;
    screen.line(`everything is Ready ${(tookMs / 1000).toFixed(1)} s after the apply began; look at it in another terminal, and stop all of it by Ctrl-C:`);
    screen.line(`  export KUBECONFIG=${kubeconfig}`);
  };
  await session.step(
    'following its conditions',
    () => Promise.resolve(follow(transport, manifests, screen, tellReady)),
    (stop) => Promise.resolve(stop()),
  );
  return Promise.race([session.interrupted, endedEarly]);
}

/** Runtimes that the cluster is to have already: those that the manifests name and do not bring. */
function expectedRuntimes(manifests: readonly Manifest[]): readonly string[] {
  const named = Array.from(JSON.stringify(manifests).matchAll(/"runtimeClassName":"([^"]+)"/g), ([, name = '']) => name);
  const brought = manifests.flatMap(({ kind, metadata }) => (kind === 'RuntimeClass' ? [metadata.name] : []));
  return [...new Set(named)].filter((name) => !brought.includes(name));
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

exitWith(main(process.argv.slice(2)));
