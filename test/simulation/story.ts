/** What happened, line by line. Costs nothing unless somebody listens: a line is a function until then. */
export class Story {
  private readonly lines: string[] = [];

  /** @param startMs virtual time that the lines count from. */
  constructor(
    private readonly startMs: number,
    private readonly isKept: boolean,
  ) {}

  /** Adds a line if the story is kept. */
  public tell(atMs: number, actor: string, text: () => string): void {
    if (this.isKept) this.lines.push(`${spanText(atMs - this.startMs).padStart(14)}  ${actor.padEnd(14)}  ${text()}`);
  }

  /** The story so far, one thing a line: virtual time, actor, what it did. */
  public text(): string {
    return this.lines.join('\n');
  }
}

/** A span as `12.345s` or `1h02m03.456s`. */
function spanText(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = ((ms % 60_000) / 1000).toFixed(3);
  if (hours === 0 && minutes === 0) return `${seconds}s`;
  const head = hours > 0 ? `${hours}h${String(minutes).padStart(2, '0')}m` : `${minutes}m`;
  return `${head}${seconds.padStart(6, '0')}s`;
}
