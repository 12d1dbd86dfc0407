import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WARM_POOLS } from '../../src/controllers/shared/objects';
import { bundle } from '../cluster/program';
import { AB_HELP, compare, isComparison } from './ab/compare';
import { pickTimes } from './pick/pick';
import { checksOf, latenciesOf, quantile, type Filled, type Workload } from './report/figures';
import { report, type Findings } from './report/report';
import { measured, type Cost } from './stage/measurement';
import { pool } from './stage/objects';
import { Stage } from './stage/stage';
import { memoryMbOf } from './stage/usage';
import { burst, fill, full, parallel, retire, sampleOf, serial, sustained, type Run } from './workloads/claims';
import { RawWrites } from './workloads/raw';

const HELP = `What a claim takes and what it costs, on a real API server: latencies, writes, processor time.

  npm run bench:claims
  npm run bench:claims -- --claims 60 --serial 20 --seconds 10 --rounds 1

  --claims N    claims of a burst, and of the parallel workers (default 300)
  --serial N    claims of the serial workload (default 100)
  --workers N   parallel workers (default 20)
  --rounds N    bursts, each after the same writes sent raw (default 3)
  --rate N      claims per second of the sustained workload (default 30)
  --seconds N   how long that takes (default 60)
  --json FILE   everything as JSON too
  --flags "…"   further flags of the controller

The controller runs as a process of its own, on etcd and kube-apiserver alone; a third process plays the kubelet. Linux only.
Counts are checked: the exit code is 1 when one does not hold. Times are reported and never judged.

${AB_HELP}`;

const NO_REFILL = ['--sandbox-warm-pool-replenish-delay=1h', '--refill-min-free-percent=0'];
const WARM_UP = 40;
const COLD = 30;
const REST_MS = 10_000;
const PICK_SIZES = [100, 2000];
const PICKS = { rounds: 9, picks: 20_000 };

interface Settings {
  readonly claims: number;
  readonly serial: number;
  readonly workers: number;
  readonly rounds: number;
  readonly rate: number;
  readonly seconds: number;
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (isComparison(args)) return compare(args).then(() => 0);
  const option = { type: 'string' } as const;
  const options = { claims: option, serial: option, workers: option, rounds: option, rate: option, seconds: option, json: option, flags: option };
  const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const number = (name: keyof Settings, usual: number): number => {
    const value = Number(values[name] ?? usual);
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} ${values[name]}: expected a whole number from 1 on; --help explains`);
    return value;
  };
  const settings = {
    ...{ claims: number('claims', 300), serial: number('serial', 100), workers: number('workers', 20) },
    ...{ rounds: number('rounds', 3), rate: number('rate', 30), seconds: number('seconds', 60) },
  };
  bundle();
  const stage = await Stage.open();
  try {
    const findings = await new Bench(stage, settings, values.flags?.split(' ') ?? []).run();
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ settings, ...findings, picks: [...findings.picks] }, undefined, 1));
    process.stdout.write(`${report(findings)}\n`);
    return findings.checks.every(({ holds }) => holds) ? 0 : 1;
  } finally {
    await stage.close();
  }
}

/** The workloads in their order, and what they came to. */
class Bench {
  private readonly workloads: Workload[] = [];
  private readonly fills: Filled[] = [];
  private members = 0;

  public constructor(
    private readonly stage: Stage,
    private readonly settings: Settings,
    private readonly flags: readonly string[],
  ) {}

  public async run(): Promise<Findings> {
    const { stage, settings } = this;
    await stage.start([...NO_REFILL, ...this.flags]);
    const raw = await this.warmUp();
    const serially = await this.serially(raw);
    await this.fill('workers', settings.claims);
    await this.work('workers', { arrival: `${settings.workers} at a time`, pool: settings.claims, hasRefill: false }, () =>
      parallel(stage.user, 'workers', settings.claims, settings.workers),
    );
    const bursts = await this.bursts(raw);
    const rssAfterWorkMb = memoryMbOf(stage.pids.controller).rss;
    await stage.start(this.flags);
    await delay(REST_MS);
    const rssMb = memoryMbOf(stage.pids.controller).rss;
    const memory = { rssMb, rssAfterWorkMb, sandboxes: this.members, claims: this.claims + WARM_UP };
    await this.withRefill();
    const { run } = await this.sustained();
    await this.cold();
    say('picking');
    const { workloads, fills } = this;
    const picks = pickTimes(PICK_SIZES, PICKS);
    const checks = checksOf(workloads, fills, stage.user.givenTwice);
    const rawMembersPerSecond = (raw.members * 1000) / raw.madeMs;
    return { workloads, fills, rawMembersPerSecond, serial: serially, bursts, thirdsMs: thirdsOf(run), memory, picks, checks };
  }

  private get claims(): number {
    return this.workloads.reduce((sum, { run }) => sum + run.claims.length, 0);
  }

  /** Lets everything be compiled that is measured later, and makes what is sent raw. */
  private async warmUp(): Promise<RawWrites> {
    const { user, raw } = this.stage;
    say('warming up');
    await fill(user, 'warm-up', WARM_UP);
    this.members += WARM_UP;
    const [first] = (await parallel(user, 'warm-up', WARM_UP, 4)).claims;
    await retire(user, 'warm-up');
    if (!first || first.failure !== undefined) throw new Error(`a claim on an idle server failed: ${first?.failure}`);
    const writes = await RawWrites.prepare(raw, await sampleOf(user, first), this.settings.claims);
    await writes.burst(this.settings.claims);
    return writes;
  }

  private async serially(raw: RawWrites): Promise<Findings['serial']> {
    const { serial: claims } = this.settings;
    await this.fill('serial', claims);
    let pairsMs: readonly number[] = [];
    const { run } = await this.work('serial', { arrival: 'one at a time', pool: claims, hasRefill: false }, async () => {
      const found = await serial(this.stage.user, 'serial', claims, raw);
      pairsMs = found.pairsMs;
      return found;
    });
    return { claimsMs: latenciesOf(run), pairsMs };
  }

  private async bursts(raw: RawWrites): Promise<Findings['bursts']> {
    const { claims, rounds } = this.settings;
    const [claimsMs, rawMs, cpuMs, rawCpuMs]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let round = 1; round <= rounds; round++) {
      const name = round === 1 ? 'burst' : `burst-${round}`;
      await this.fill(name, claims);
      const sent = await raw.burst(claims);
      const { run, cost } = await this.work(name, { arrival: 'all at once', pool: claims, hasRefill: false }, () => burst(this.stage.user, name, claims));
      claimsMs.push(run.wallMs);
      rawMs.push(sent.wallMs);
      cpuMs.push(cost.cpuMs.controller / claims);
      rawCpuMs.push(sent.cpuMs / claims);
    }
    return { claimsMs, rawMs, cpuMs, rawCpuMs };
  }

  private async withRefill(): Promise<void> {
    const { user } = this.stage;
    const { claims } = this.settings;
    await this.fill('refilled', claims);
    await this.work('refilled', { arrival: 'all at once', pool: claims, hasRefill: true }, async () => {
      const run = await burst(user, 'refilled', claims);
      await full(user, 'refilled');
      return run;
    });
  }

  private async sustained(): Promise<Workload> {
    const { user } = this.stage;
    const { rate, seconds, claims } = this.settings;
    await this.fill('sustained', claims);
    return this.work('sustained', { arrival: `${rate} a second for ${seconds} s`, pool: claims, hasRefill: true }, async () => {
      const run = await sustained(user, 'sustained', rate, seconds);
      await full(user, 'sustained');
      return run;
    });
  }

  private async cold(): Promise<void> {
    const { user } = this.stage;
    await user.make(WARM_POOLS, pool('cold', 0));
    await this.work('cold', { arrival: 'one at a time', pool: 0, hasRefill: true }, () => parallel(user, 'cold', COLD, 1));
  }

  private async fill(name: string, members: number): Promise<void> {
    say(`filling pool ${name} with ${members} members`);
    const { result: wallMs, cost } = await measured(this.stage, () => fill(this.stage.user, name, members));
    this.members += members;
    this.fills.push({ members, wallMs, cost });
  }

  private async work(name: string, about: Pick<Workload, 'arrival' | 'pool' | 'hasRefill'>, run: () => Promise<Run>): Promise<Workload> {
    say(`${name}: ${about.arrival}`);
    const { result, cost }: { result: Run; cost: Cost } = await measured(this.stage, run);
    // Members that are left are deleted now, and not while something else is measured.
    await measured(this.stage, () => retire(this.stage.user, name));
    const workload = { name, ...about, run: result, cost };
    this.workloads.push(workload);
    return workload;
  }
}

/** Whether latency is flat: its median in each third of the claims. */
function thirdsOf({ claims }: Run): readonly number[] {
  const third = Math.ceil(claims.length / 3);
  return [0, 1, 2].map((n) => quantile(latenciesOf({ claims: claims.slice(n * third, (n + 1) * third), wallMs: 0 }), 0.5));
}

const say = (what: string): void => void process.stderr.write(`[bench] ${what}\n`);

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.stack : error);
    process.exitCode = 1;
  },
);
