import { ratios } from '../spread';
import type { Contestant } from './contestants';
import type { Timings } from './program';
import type { Run } from './workbench';

/** Milliseconds, one entry per round. */
export interface Measured {
  /** From the start of the process to its end. */
  readonly wallMs: number[];
  /** Processor time of the same. */
  readonly cpuMs: number[];
  /** Processor time without start and loading; only of our own programs. */
  readonly taskMs: number[];
}

/** What was measured of each contestant at each size, or why it was not. */
export class Results {
  private readonly measured = new Map<string, Measured>();
  private readonly absent = new Map<string, string>();

  public add({ name }: Contestant, count: number, run: Omit<Run, 'output'> & Partial<Timings>): void {
    const key = `${name} ${count}`;
    const measured = this.measured.get(key) ?? { wallMs: [], cpuMs: [], taskMs: [] };
    this.measured.set(key, measured);
    measured.wallMs.push(run.wallMs);
    measured.cpuMs.push(run.cpuMs);
    if (run.taskMs !== undefined) measured.taskMs.push(run.taskMs);
  }

  /** The contestant takes no further part at this size. */
  public exclude({ name }: Contestant, count: number, why: string): void {
    this.absent.set(`${name} ${count}`, why);
  }

  public whyAbsent({ name }: Contestant, count: number): string | undefined {
    return this.absent.get(`${name} ${count}`);
  }

  public of({ name }: Contestant, count: number): Measured {
    return this.measured.get(`${name} ${count}`) ?? { wallMs: [], cpuMs: [], taskMs: [] };
  }

  /** How many times as long the first takes as the second, round by round. */
  public ratio(member: keyof Measured, first: Contestant, second: Contestant, count: number): readonly number[] {
    return ratios(this.of(first, count)[member], this.of(second, count)[member]);
  }
}
