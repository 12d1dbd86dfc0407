import { parseArgs } from 'node:util';
import { nearest } from '../../api/nearest';
import type { Output } from './screen';

/** One command of `cdk8s-agent-sandbox`. */
export interface Subcommand {
  readonly name: string;
  /** What it does, in one line of `--help`. */
  readonly summary: string;
  readonly options: readonly Option[];
  /** Answers the exit code. Throws a UsageError or a ToolError for what a person has to mend. */
  run(given: Given, surroundings: Surroundings): Promise<number>;
}

/** An option of a command: a switch, or with a value. */
export interface Option {
  /** Name without dashes. */
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help; absent for a switch. */
  readonly value?: string;
  readonly doc: string;
}

/** What the process was started in. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of the person. */
  readonly home: string;
  readonly output: Output;
}

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {}

/** Something outside of this program is wrong, and the message says all of it: exit code 1. */
export class ToolError extends Error {}

/** The options of one call. */
export class Given {
  private constructor(private readonly values: ReadonlyMap<string, string | boolean>) {}

  /** Reads arguments. Throws a UsageError. */
  public static parse(args: readonly string[], options: readonly Option[]): Given {
    const rows = options.map(({ name, short, value }) => [name, { type: value === undefined ? 'boolean' : 'string', ...(short && { short }) }] as const);
    try {
      const { values } = parseArgs({ args: [...args], options: Object.fromEntries(rows), strict: true, allowPositionals: false });
      return new Given(new Map(Object.entries(values).flatMap(([name, value]) => (value === undefined || Array.isArray(value) ? [] : [[name, value]]))));
    } catch (error) {
      throw new UsageError(problemOf(error, options));
    }
  }

  public isSet(name: string): boolean {
    return this.values.get(name) === true;
  }

  /** The value of an option; undefined where it was not given. */
  public find(name: string): string | undefined {
    const value = this.values.get(name);
    return typeof value === 'string' ? value : undefined;
  }
}

/** parseArgs says it in two or three sentences, of which the first is enough. */
function problemOf(error: unknown, options: readonly Option[]): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
  const unknown = /^Unknown option '-*([^']+)'/.exec(first)?.[1];
  const near =
    unknown &&
    nearest(
      unknown,
      options.map(({ name }) => name),
    );
  return near ? `${first}; did you mean --${near}?` : first;
}
