import type { Random } from '../random';
import type { Scheduler } from '../scheduler';
import type { Story } from '../story';

/** The time, and how long things take on their way. */
export class Weather {
  /** Calm weather has no long delays, and no dice are thrown for it. */
  public isCalm = false;
  private readonly random: Random;

  constructor(
    public readonly scheduler: Scheduler,
    random: Random,
    private readonly story: Story,
  ) {
    this.random = random.fork();
  }

  /** How long one message is on its way: mostly next to nothing, rarely up to seconds. */
  public readonly latencyMs = (): number => {
    if (this.isCalm) return 1;
    const kind = this.random.below(100);
    if (kind < 70) return this.random.below(3);
    if (kind < 97) return this.random.below(50);
    return this.random.below(3000);
  };

  /** How late something is that everybody has given up. */
  public readonly lateMs = (): number => this.random.between(1000, 90_000);

  /** Adds a line to the story. */
  public tell(actor: string, text: () => string): void {
    this.story.tell(this.scheduler.nowMs, actor, text);
  }
}
