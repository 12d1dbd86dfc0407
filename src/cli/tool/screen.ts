/** Where text goes: standard output, or a test. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Lines that scroll, and in a terminal below them a table that stays; elsewhere the table is written anew whenever it changes. */
export class Screen {
  private table: readonly string[] = [];

  public constructor(private readonly output: Output) {}

  public line(text: string): void {
    const { isTTY } = this.output;
    this.output.write(isTTY ? `${this.erasure()}${text}\n${this.drawing()}` : `${text}\n`);
  }

  /** Replaces the table. */
  public show(table: readonly string[]): void {
    if (table.join('\n') === this.table.join('\n')) return;
    const erasure = this.output.isTTY ? this.erasure() : '';
    this.table = table;
    this.output.write(erasure + this.drawing());
  }

  /** Back to the first line of the table, and everything from there is gone. */
  private erasure(): string {
    return this.table.length > 0 ? `\u001b[${this.table.length}A\r\u001b[J` : '';
  }

  private drawing(): string {
    // A line that the terminal breaks would be two, and the erasure would leave one of them.
    const { isTTY, columns = 80 } = this.output;
    return this.table.map((line) => `${isTTY ? line.slice(0, columns) : line}\n`).join('');
  }
}
