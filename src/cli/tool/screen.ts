/** Where text goes: standard output, or a test. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

// A terminal that does not say how wide it is says 0.
const UNKNOWN_WIDTH = 80;

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
    const { isTTY, columns } = this.output;
    return this.table.map((line) => `${isTTY ? clipped(line, columns || UNKNOWN_WIDTH) : line}\n`).join('');
  }
}

/** The first characters that a terminal shows of a line. Colours take no room, and the one that ends a colour has to stay. */
function clipped(line: string, columns: number): string {
  let room = columns;
  return line.replace(/\u001b\[[\d;]*m|[^\u001b]/gu, (part) => (part.startsWith('\u001b') || room-- > 0 ? part : ''));
}
