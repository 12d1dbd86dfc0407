import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { AuditLog } from '../../cluster/controllers/audit-log';
import { bundle } from '../../cluster/program';
import { loadNow, machineLine } from '../machine';
import { startInspected } from '../profile/inspected';
import { quiet } from '../stage/measurement';
import { totalsIn } from '../stage/metrics';
import { Stage } from '../stage/stage';
import { fill } from '../workloads/claims';
import { momentsOf, type Moments, type Traced } from './moments';
import { pageOf, write } from './page';
import { listen, type Recording } from './probe';

const HELP = `What happens to one warm claim and when, in client, API server and controller, as a waterfall; written into docs/performance/.

  npm run bench:trace
  npm run bench:trace -- --claims 50 --flags "--disable-claim-events"

  --claims N    claims that are traced, one after the other (default 50)
  --flags "…"   further flags of the controller

The claim in the middle of all is drawn. Client and controller are heard by the diagnostics channels of their HTTP client, the API server by its
audit log; all three tell the time by the same clock. Linux only.
`;

const WARM_UP = 60;
// After it nothing goes on behind a claim.
const PAUSE_MS = 200;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { claims: { type: 'string', default: '50' }, flags: { type: 'string', default: '' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const claims = Number(values.claims);
  if (!Number.isSafeInteger(claims) || claims < 1) throw new Error(`--claims ${values.claims}: expected a whole number from 1 on; --help explains`);
  const flags = values.flags.split(' ').filter(Boolean);
  const loadBefore = loadNow();
  bundle();
  const stage = await Stage.open();
  try {
    const page = pageOf(await trace(stage, { claims, flags }));
    const about = machineLine(loadBefore, flags);
    write(page, about);
    process.stdout.write(`${[about, ...page.tables].join('\n\n')}\n`);
  } finally {
    await stage.close();
  }
}

async function trace(stage: Stage, { claims, flags }: { readonly claims: number; readonly flags: readonly string[] }): Promise<readonly Moments[]> {
  const inspector = await startInspected(stage, flags);
  await fill(stage.user, 'trace', WARM_UP + claims);
  const audit = new AuditLog(stage.plane.auditLog);
  await quiet(audit, 'controller');
  for (let n = 0; n < WARM_UP; n++) await oneClaim(stage, `warm-up-${n}`);
  const client = listen();
  // A watch that began before is heard, too: its bytes come later.
  await inspector.evaluate(`${programOf(join(__dirname, 'probe.ts'))}; globalThis.recording = probe.listen(); 0`);
  const traced: Traced[] = [];
  for (let n = 0; n < claims; n++) traced.push(await oneClaim(stage, `traced-${n}`));
  // What listen() returns.
  const controller = (await inspector.evaluate('recording')) as Recording;
  inspector.close();
  const sources = { client, controller, audit: ['user', 'controller'].flatMap((user) => audit.requestsOf(user)) };
  return traced.map((claim) => momentsOf(claim, sources));
}

/** Makes a claim, and waits until everything that belongs to it is over. */
async function oneClaim(stage: Stage, name: string): Promise<Traced> {
  const before = await timesOf(stage);
  const startMs = performance.timeOrigin + performance.now();
  const { ms, sandbox, failure } = await stage.user.claim(name, 'trace');
  if (sandbox === undefined || sandbox === name) throw new Error(`claim ${name} got no member of the pool: ${failure ?? 'it is cold'}`);
  await delay(PAUSE_MS);
  const after = await timesOf(stage);
  return { name, member: sandbox, readyMs: startMs + ms, queueMs: after.queueMs - before.queueMs, passMs: after.passMs - before.passMs };
}

/** What the controller's metrics say of all passes over claims so far. */
async function timesOf({ gauges }: Stage): Promise<Pick<Traced, 'queueMs' | 'passMs'>> {
  const text = await gauges.metrics.controller();
  const msOf = (family: string, label: string): number => (totalsIn(text, family, label)?.sandboxclaim ?? 0) * 1000;
  return {
    passMs: msOf('controller_runtime_reconcile_time_seconds_sum', 'controller'),
    queueMs: msOf('workqueue_queue_duration_seconds_sum', 'name'),
  };
}

/** A file of TypeScript as a script that another process can run, with its exports in the variable `probe`. */
function programOf(file: string): string {
  const [program] = buildSync({ entryPoints: [file], bundle: true, write: false, format: 'iife', globalName: 'probe', platform: 'neutral' }).outputFiles;
  return program?.text ?? '';
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
});
