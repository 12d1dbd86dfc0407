import { AuditLog } from '../../cluster/controllers/audit-log';
import { quiet } from '../stage/measurement';
import type { Stage } from '../stage/stage';
import { fill, sustained, type Run } from '../workloads/claims';
import type { Inspector, ProcessorTime } from './inspector';

/** Claims that came at a fixed rate, and what they cost the controller. */
export interface Carried {
  readonly run: Run;
  /** Until it had nothing more to write; for one claim. */
  readonly perClaim: ProcessorTime;
}

/** Warm claims at a fixed rate, again and again, each time seen in another way. */
export class Rounds {
  private rounds = 0;

  public constructor(
    private readonly stage: Stage,
    private readonly inspector: Inspector,
    private readonly rate: number,
  ) {}

  /** Fills a pool, and claims all of it while somebody watches. */
  public async carry<T>(seconds: number, watch: (work: () => Promise<void>) => Promise<T>): Promise<Carried & { readonly seen: T }> {
    const { stage, inspector, rate } = this;
    const pool = `round-${++this.rounds}`;
    process.stderr.write(`[profile] ${rate} claims a second for ${seconds} s\n`);
    await fill(stage.user, pool, rate * seconds);
    const audit = new AuditLog(stage.plane.auditLog);
    await quiet(audit, 'controller');
    const before = await inspector.processorTime();
    let run: Run = { claims: [], wallMs: 0 };
    const seen = await watch(async () => {
      run = await sustained(stage.user, pool, rate, seconds);
      await quiet(audit, 'controller');
    });
    const after = await inspector.processorTime();
    const perClaim = (member: keyof ProcessorTime): number => (after[member] - before[member]) / run.claims.length;
    return { seen, run, perClaim: { processMs: perClaim('processMs'), threadMs: perClaim('threadMs') } };
  }
}
