/**
 * Lines of a log that go out together, at the end of a turn of the event loop. Each write is a system call that waits for its reader, and a burst of
 * claims ends many passes in one turn.
 */
export class LineBuffer {
  private text = '';

  public constructor(private readonly write: (text: string) => void) {}

  public add(line: string): void {
    if (this.text === '') setImmediate(() => this.flush());
    this.text += line;
  }

  /** Writes at once what waits: before the process ends. */
  public flush(): void {
    if (this.text === '') return;
    const { text } = this;
    this.text = '';
    this.write(text);
  }
}
