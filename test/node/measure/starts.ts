import { RestartPolicy } from 'cdk8s-plus-28';

import { Isolation } from '../../../src/constructs/isolation';
import { cluster } from '../../cluster/connection';
import { agents, claim, POOL } from '../agents';
import { say } from '../command';
import { BUSYBOX_IMAGE } from '../images';
import { claimPath, podPath, poolPath, readyMembers, untilGone, untilObject } from '../pods';
import { msUntilReady } from './readiness';

const RUNTIMES: ReadonlyArray<readonly [string, Isolation | undefined]> = [
  ['runc', undefined],
  ['gVisor', Isolation.GVISOR],
];

/** Milliseconds from the request to Ready, one for each round. */
export interface Starts {
  readonly runtime: string;
  /** A Pod alone, without any of our kinds. */
  readonly pod: number[];
  /** A claim on an empty pool. */
  readonly cold: number[];
  /** A claim on a pool with a Ready member. */
  readonly warm: number[];
}

/** Starts a Pod, a cold claim and a warm one in each round, one after the other and under each runtime. */
export async function measureStarts(rounds: number): Promise<readonly Starts[]> {
  const stages = await Promise.all(RUNTIMES.map(([runtime, isolation]) => Stage.make(runtime, isolation)));
  for (let round = 1; round <= rounds; round++) {
    say(`starts: round ${round} of ${rounds}`);
    for (const stage of stages) await stage.play(round);
  }
  return stages.map(({ starts }) => starts);
}

/** A namespace with an empty pool, and one with a member. */
class Stage {
  public readonly starts: Starts;

  private constructor(
    runtime: string,
    private readonly runtimeClassName: string | undefined,
    private readonly empty: string,
    private readonly stocked: string,
  ) {
    this.starts = { runtime, pod: [], cold: [], warm: [] };
  }

  public static async make(runtime: string, isolation: Isolation | undefined): Promise<Stage> {
    const [empty, stocked] = await Promise.all([cluster().namespace('cold'), cluster().namespace('warm')]);
    const options = { isolation, workspace: false, restartPolicy: RestartPolicy.ALWAYS };
    await cluster().apply(agents({ ...options, namespace: empty, replicas: 0 }), { form: 'server' });
    await cluster().apply(agents({ ...options, namespace: stocked, replicas: 1 }), { form: 'server' });
    return new Stage(runtime, isolation?.runtimeClassName, empty, stocked);
  }

  public async play(round: number): Promise<void> {
    const name = `round-${round}`;
    // A Sandbox has a Pod of its own name.
    const alone = `alone-${round}`;
    this.starts.pod.push(await this.startPod(alone));
    this.starts.cold.push(await startClaim(this.empty, name));
    await untilObject(poolPath(this.stocked, POOL), 'to have a Ready member', (pool) => readyMembers(pool) === 1);
    this.starts.warm.push(await startClaim(this.stocked, name));
    // What still goes on would be measured with the next one.
    await untilObject(poolPath(this.stocked, POOL), 'to have a Ready member again', (pool) => readyMembers(pool) === 1);
    const paths = [podPath(this.empty, alone), claimPath(this.empty, name), claimPath(this.stocked, name)];
    await Promise.all(paths.map((path) => cluster().object('DELETE', path)));
    for (const path of paths) await untilGone(path);
  }

  private startPod(name: string): Promise<number> {
    const spec = {
      runtimeClassName: this.runtimeClassName,
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: BUSYBOX_IMAGE, command: ['sleep', '3600'] }],
    };
    return msUntilReady({ path: podPath(this.empty, '').replace(/\/$/, ''), name, object: { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec } });
  }
}

function startClaim(namespace: string, name: string): Promise<number> {
  const [object] = claim(namespace, name);
  if (object === undefined) throw new Error('a chart with a claim must render it');
  return msUntilReady({ path: claimPath(namespace, '').replace(/\/$/, ''), name, object });
}
