const NEWLINE = 0x0a;

/**
 * Cuts a stream of bytes into lines. It cuts before it decodes, so a character whose bytes come in two pieces stays whole,
 * and a line that comes in many pieces is joined once, however long it is. A line without an end is never delivered.
 */
export class LineSplitter {
  private pieces: Buffer[] = [];

  constructor(private readonly line: (text: string) => void) {}

  public push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.deliver(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.pieces.push(chunk.subarray(start));
  }

  private deliver(rest: Buffer): void {
    const whole = this.pieces.length === 0 ? rest : Buffer.concat([...this.pieces, rest]);
    this.pieces = [];
    if (whole.length > 0) this.line(whole.toString('utf8'));
  }
}
