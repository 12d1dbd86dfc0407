import { SYSTEM_NAMESPACE } from '../../src/api/installation';
import { findCondition } from '../../src/controllers/shared/conditions';
import { PODS, SANDBOXES } from '../../src/controllers/shared/objects';
import { pathOf } from '../../src/runtime/paths';
import { quantile } from '../bench/report/measures';
import { quiet } from '../bench/stage/measurement';
import { User, type Claimed } from '../bench/stage/user';
import { full } from '../bench/workloads/claims';
import { isWarm } from '../bench/workloads/figures';
import { checkPrerequisites } from '../cluster/build';
import type { Cluster } from '../cluster/connection';
import { AuditLog } from '../cluster/controllers/audit-log';
import { until } from '../cluster/until';
import { exitWith, inSession, type Session } from '../dev/session';
import { makeNamespace, makeRuntimeClass, startCluster, startController, startKubelets } from '../dev/surroundings';
import { bars, writesPerClaim } from './bars';
import { CONTROLLER, installation, NAMESPACE, POOL, stock } from './installation';

const HELP = `Twenty claims on a real Kubernetes control plane on loopback: how long each takes, and what it costs. Under two minutes.

  npm run demo                 boots the control plane, installs AgentSandboxSystem, starts the controller under its account, fills a pool
                               of 20, claims 20 Sandboxes one after the other, suspends and resumes one, deletes all, and stops

There are no nodes and no containers: a small program binds Pods and reports them running. So the times are those of the controller and
of the API server, which a cluster adds its own to. Ctrl-C stops all that was started. It needs Node.js and Go alone; the first start
builds the control plane from Go modules, about 8 minutes on two cores.
`;

const COUNT = 20;
const USER = { name: 'user', groups: ['system:masters'] };

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const wrong = args.find((arg) => arg !== '--help' && arg !== '-h');
  if (wrong !== undefined) process.stderr.write(`found ${wrong}, expected no arguments\n\n${HELP}`);
  else if (args.length > 0) process.stdout.write(HELP);
  if (args.length > 0) return wrong === undefined ? 0 : 2;
  checkPrerequisites();
  return inSession(say, run);
}

async function run(session: Session): Promise<number> {
  const startMs = performance.now();
  const cluster = await startCluster(session, { users: [CONTROLLER, USER] });
  const { manifests, args, environment } = installation();
  await session.step(`installing AgentSandboxSystem: ${manifests.length} objects`, () => cluster.apply(manifests, { form: 'server' }));
  await makeNamespace(cluster, NAMESPACE);
  await makeRuntimeClass(cluster, 'gvisor');
  await startKubelets(session, cluster, [NAMESPACE]);
  const { kubeconfig } = cluster.as(CONTROLLER.name).connection;
  const lease = `--leader-election-namespace=${SYSTEM_NAMESPACE}`;
  const { readyMs, endedEarly } = await startController(session, { kubeconfig, args: [...args, lease], environment });
  say(`the controller is ready after ${readyMs.toFixed(0)} ms`);
  await Promise.race([endedEarly, show(session, cluster)]);
  say(`done after ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
  return 0;
}

/** What there is to see. */
async function show(session: Session, cluster: Cluster): Promise<void> {
  const user = await session.step(
    'connecting whoever claims',
    () => User.connect(cluster.as(USER.name), NAMESPACE),
    (connected) => connected.close(),
  );
  await timed(session, `filling a pool of ${COUNT}`, async () => {
    await cluster.apply(stock(COUNT), { form: 'server' });
    await full(user, POOL);
  });
  const audit = new AuditLog(cluster.connection.auditLog);
  const claimed = await session.step(`claiming ${COUNT} Sandboxes, one after the other`, () => claimAll(user));
  bars(claimed.map(({ name, sandbox, ms }) => ({ label: `${name} → ${sandbox}`, ms }))).forEach(say);
  const median = quantile(
    claimed.map(({ ms }) => ms),
    0.5,
  );
  say(`half of them within ${median.toFixed(1)} ms; ${claimed.filter(isWarm).length} of ${COUNT} got a member of the pool`);
  await session.step('waiting until the controller has nothing more to write', () => quiet(audit, CONTROLLER.name));
  const names = new Set(claimed.flatMap(({ name, sandbox = '' }) => [name, sandbox]));
  // Neither those for new members of the pool nor events, which have names of their own.
  say(`for each claim the API server counted ${writesPerClaim(audit.writesOf(CONTROLLER.name), names, COUNT)}`);
  const { sandbox = '' } = claimed[0] ?? {};
  await timed(session, `suspending ${sandbox}`, () => switchTo(user, sandbox, 'Suspended'));
  await timed(session, `resuming ${sandbox}`, () => switchTo(user, sandbox, 'Running'));
  await timed(session, 'deleting claims and pool, and all that they own', () => removeAll(cluster));
}

async function timed(session: Session, what: string, work: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  await session.step(what, work);
  say(`${what}: done after ${(performance.now() - startMs).toFixed(0)} ms`);
}

async function claimAll(user: User): Promise<readonly Claimed[]> {
  const claimed: Claimed[] = [];
  for (let n = 1; n <= COUNT; n++) claimed.push(await user.claim(`agent-${String(n).padStart(2, '0')}`, POOL));
  const failed = claimed.find(({ failure }) => failure !== undefined);
  if (failed) throw new Error(`claim ${failed.name}: ${failed.failure}`);
  return claimed;
}

/** Suspends or resumes a Sandbox, as people do, and waits until it is. */
async function switchTo(user: User, name: string, operatingMode: 'Running' | 'Suspended'): Promise<void> {
  await user.patch(SANDBOXES, name, { spec: { operatingMode } });
  const wanted = operatingMode === 'Running' ? 'Ready' : 'Suspended';
  await until(`Sandbox ${name} to be ${wanted}`, async () => {
    const { status } = await user.get(SANDBOXES, name);
    return findCondition(status?.conditions, wanted)?.status === 'True' ? true : undefined;
  });
}

async function removeAll(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['delete', 'sandboxclaims,sandboxwarmpools', '--all', '--namespace', NAMESPACE]);
  for (const resource of [SANDBOXES, PODS])
    await cluster.waitFor(pathOf({ verb: 'list', resource, namespace: NAMESPACE }), 'to be empty', ({ body }) => JSON.stringify(body).includes('"items":[]'));
}

exitWith(main(process.argv.slice(2)));
