import type { Random } from '../random';
import type { Scheduler } from '../scheduler';

/** What a part of the cluster means to look at, each thing once, after a delay that the seed decides. */
export class Errands {
  private readonly planned = new Set<string>();
  private readonly random: Random;

  constructor(
    private readonly scheduler: Scheduler,
    random: Random,
  ) {
    this.random = random.fork();
  }

  /** Runs it later: mostly within a tenth of a second, sometimes after seconds. Something planned already is not planned again. */
  public plan(subject: string, run: () => void): void {
    if (this.planned.has(subject)) return;
    this.planned.add(subject);
    this.scheduler.after(this.random.chance(0.9) ? this.random.below(100) : this.random.below(5000), () => {
      this.planned.delete(subject);
      run();
    });
  }
}
