import { SANDBOXES, WARM_POOLS, type Sandbox } from '../../../src/controllers/shared/objects';
import { pool, sandbox } from '../stage/objects';
import type { Bench } from './bench';
import { parallel, timed } from './claims';

const ONE = { arrival: 'one at a time', pool: 0, refill: 'none' } as const;

/** Claims on a pool that has no members: each starts a Sandbox of its own. */
export async function cold(bench: Bench): Promise<void> {
  await bench.ready('on');
  await bench.user.make(WARM_POOLS, pool('cold', 0));
  await bench.claims({ ...ONE, workload: 'cold' }, () => parallel(bench.user, 'cold', bench.sizes.singles, 1));
}

/** Sandboxes without template and pool, each with a Service. */
export async function bare(bench: Bench): Promise<void> {
  const { user, sizes } = bench;
  await bench.ready('on');
  const { waiting, stop } = user.watchSandboxes((made) => isTrue(made, 'Ready'));
  const ready = 'from the POST of the Sandbox to the first event of a watch in which it has Ready True';
  await bench.work({ ...ONE, workload: 'bare', unit: 'Sandbox', ready }, () =>
    timed(sizes.singles, 1, (n) => waiting.time(`bare-${n}`, () => user.make(SANDBOXES, sandbox(`bare-${n}`)))),
  );
  stop();
}

/** Sandboxes that run are suspended, and then resumed: two workloads. */
export async function resume(bench: Bench): Promise<void> {
  const { user, sizes } = bench;
  await bench.ready('on');
  const { waiting: running, stop: stopRunning } = user.watchSandboxes((made) => isTrue(made, 'Ready'));
  await timed(sizes.singles, sizes.singles, (n) => running.time(`resume-${n}`, () => user.make(SANDBOXES, sandbox(`resume-${n}`))));
  const { waiting: suspended, stop: stopSuspended } = user.watchSandboxes((made) => isTrue(made, 'Suspended'));
  const steps = [
    { workload: 'suspend', waiting: suspended, operatingMode: 'Suspended', condition: 'Suspended' },
    { workload: 'resume', waiting: running, operatingMode: 'Running', condition: 'Ready' },
  ];
  for (const { workload, waiting, operatingMode, condition } of steps) {
    const ready = `from the PATCH of operatingMode to the first event of a watch in which the Sandbox has ${condition} True`;
    await bench.work({ ...ONE, workload, unit: 'Sandbox', ready }, () =>
      timed(sizes.singles, 1, (n) => waiting.time(`resume-${n}`, () => user.patch(SANDBOXES, `resume-${n}`, { spec: { operatingMode } }))),
    );
  }
  stopRunning();
  stopSuspended();
}

export const isTrue = ({ status }: Sandbox, condition: string): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === condition && value === 'True') === true;
