import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { SANDBOXES } from '../../src/controllers/shared/objects';
import { clusterOf } from '../cluster/connection';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane';
import { AuditLog, type Audited } from '../cluster/controllers/audit-log';
import { conditionOf, Scene } from '../cluster/controllers/scene';
import { customKinds } from '../cluster/custom-kinds';
import { bundle, Program } from '../cluster/program';

const HELP = `npm run bench:rest -- [options]: what the controller asks of the API server while nothing happens.

  --sandboxes N   how many there are, all Ready (default 1000)
  --seconds N     for how long it is watched (default 120)

The exit code is 1 if anything but the Lease was written.`;

const USER = 'controller';
const AT_A_TIME = 20;
// Longer than every window of the controller.
const CALM_MS = 10_000;
const LOOK_MS = 1000;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { sandboxes: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '120' }, help: { type: 'boolean', default: false } },
  });
  const [count, seconds] = [Number(values.sandboxes), Number(values.seconds)];
  if (values.help || !(count > 0) || !(seconds > 0)) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  bundle();
  const users = [{ name: USER, groups: ['system:masters'] }];
  const plane = await startControlPlane({ controllerManager: true, crds: customKinds(), users });
  try {
    return await measure(plane, count, seconds);
  } finally {
    await plane.stop();
  }
}

async function measure(plane: ControlPlane, count: number, seconds: number): Promise<number> {
  const scene = await Scene.open(clusterOf(plane), 'rest');
  const kubeconfig = `${dirname(plane.kubeconfig)}/${USER}.kubeconfig`;
  const program = await Program.start({ kubeconfig, args: ['--extensions', `--leader-election-namespace=${scene.namespace}`] });
  try {
    await fill(scene, count);
    console.log(`${count} Sandboxes are Ready; waiting until nothing is written for ${CALM_MS / 1000} s`);
    const before = new AuditLog(plane.auditLog);
    for (let calmMs = 0, known = 0; calmMs < CALM_MS; calmMs += LOOK_MS) {
      await delay(LOOK_MS);
      const { length } = before.writesOf(USER).filter(isNoLease);
      if (length > known) calmMs = 0;
      known = length;
    }
    console.log(`watching for ${seconds} s`);
    const audit = new AuditLog(plane.auditLog);
    await delay(seconds * 1000);
    tell(audit.requestsOf(USER));
    return audit.writesOf(USER).some(isNoLease) ? 1 : 0;
  } finally {
    await program.stop();
    await scene.close();
  }
}

/** Makes so many Sandboxes with a Service each and waits until all are Ready. */
async function fill(scene: Scene, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `agent-${index}`);
  const next = names.values();
  const worker = async (): Promise<void> => {
    for (const name of next) await scene.sandbox(name, { service: true });
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  for (;;) {
    const ready = (await scene.list(SANDBOXES)).filter((sandbox) => conditionOf(sandbox, 'Ready')?.status === 'True').length;
    console.log(`${ready} of ${count} are Ready`);
    if (ready === count) return;
    await delay(5 * LOOK_MS);
  }
}

const isNoLease = ({ resource }: Audited): boolean => resource !== 'leases';

/** A table of the requests. */
function tell(requests: readonly Audited[]): void {
  const counts = new Map<string, number>();
  for (const { verb, resource, status } of requests) {
    const row = `${verb} ${resource} ${status}`;
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  for (const [row, times] of [...counts].sort()) console.log(`${String(times).padStart(6)}  ${row}`);
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
