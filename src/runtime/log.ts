/** How bad a message is. `debug` is for those who look for a fault. */
export type Level = 'debug' | 'info' | 'error';

/** Values of one line; an Error among them is written as its message. */
export type Fields = Readonly<Record<string, unknown>>;

export interface LogOptions {
  /** The least level that is written: `debug`, `info`, `error`, or a number above 0, which is debug (`--zap-log-level`). */
  readonly level: string;
  /** The least level whose errors come with their stack (`--zap-stacktrace-level`). */
  readonly stackLevel: string;
  /** `json` for machines, `console` for people (`--zap-encoder`). */
  readonly encoder: string;
  /** Form of times (`--zap-time-encoding`). */
  readonly timeEncoding: string;
  readonly nowMs: () => number;
  /** Where a line goes, its end included. */
  readonly write: (line: string) => void;
}

const RANKS: Readonly<Record<string, number>> = { debug: 0, info: 1, error: 2, panic: 3 };

const TIMES: Readonly<Record<string, (ms: number) => string | number>> = {
  epoch: (ms) => ms / 1000,
  millis: (ms) => ms,
  nano: (ms) => ms * 1e6,
  iso8601: (ms) => new Date(ms).toISOString().replace('Z', '+0000'),
  rfc3339: (ms) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  rfc3339nano: (ms) => new Date(ms).toISOString(),
};

/** Writes one line for each message: its level, its time, where it comes from, what it says, and its fields. */
export class Log {
  private readonly rank: number;
  private readonly stackRank: number;
  private readonly timeOf: (ms: number) => string | number;

  public constructor(
    private readonly options: LogOptions,
    private readonly logger = '',
  ) {
    this.rank = rankOf(options.level);
    this.stackRank = rankOf(options.stackLevel);
    this.timeOf = TIMES[options.timeEncoding] ?? ((ms) => new Date(ms).toISOString());
  }

  /** The same log for a part of the program. */
  public named(logger: string): Log {
    return new Log(this.options, logger);
  }

  public debug(message: string, fields?: Fields): void {
    this.line('debug', message, fields);
  }

  public info(message: string, fields?: Fields): void {
    this.line('info', message, fields);
  }

  public error(message: string, fields?: Fields): void {
    this.line('error', message, fields);
  }

  private line(level: Level, message: string, fields: Fields = {}): void {
    const rank = rankOf(level);
    if (rank < this.rank) return;
    const { encoder, nowMs, write } = this.options;
    const values = plain(fields, rank >= this.stackRank);
    const head = { level, ts: this.timeOf(nowMs()), ...(this.logger && { logger: this.logger }), msg: message };
    write(encoder === 'console' ? consoleLine(head, values) : `${jsonText({ ...head, ...values })}\n`);
  }
}

/** A number asks for more than `debug`, of which there is nothing: so it means debug. */
const rankOf = (level: string): number => RANKS[level.toLowerCase()] ?? 0;

/** Errors do not survive JSON; what they say must. */
function plain(fields: Fields, withStack: boolean): Fields {
  const entries = Object.entries(fields).flatMap(([key, value]) => {
    if (!(value instanceof Error)) return [[key, value] as const];
    return [[key, value.message] as const, ...(withStack && value.stack ? [[`${key}Stack`, value.stack] as const] : [])];
  });
  return Object.fromEntries(entries);
}

function consoleLine(head: { readonly level: string; readonly ts: string | number; readonly logger?: string; readonly msg: string }, values: Fields): string {
  const { level, ts, logger, msg } = head;
  const rest = Object.keys(values).length > 0 ? `  ${jsonText(values)}` : '';
  return `${ts}  ${level.toUpperCase().padEnd(5)}  ${logger ? `${logger}: ` : ''}${msg}${rest}\n`;
}

/** A line must come out whatever is in it. */
function jsonText(value: object): string {
  try {
    return JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? String(member) : member));
  } catch {
    return JSON.stringify({ msg: 'a message with fields that are no JSON', keys: Object.keys(value) });
  }
}
