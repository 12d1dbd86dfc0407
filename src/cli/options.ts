import { listItems, parseBool, parseDuration, problemOfValue } from '../api/flag-values';
import { findFlag } from '../api/flags';
import { ALLOWED_LABEL_DOMAINS } from '../api/installation';

/** The values of all flags: from the command line, else from the ConfigMap, else the default (spec 07 §2). */
export class Options {
  public constructor(private readonly given: ReadonlyMap<string, string>) {}

  public isSet(name: string): boolean {
    return parseBool(this.text(name)) === true;
  }

  public number(name: string): number {
    return Number(this.text(name));
  }

  public durationMs(name: string): number {
    return parseDuration(this.text(name)) ?? NaN;
  }

  public list(name: string): readonly string[] {
    return listItems(this.text(name));
  }

  /** Throws for a name that is not in the table: a mistake of this program. */
  public text(name: string): string {
    const flag = findFlag(name);
    if (!flag) throw new Error(`there is no flag --${name}; see src/api/flags.ts`);
    return this.given.get(name) ?? String(flag.default);
  }
}

/** What a ConfigMap adds to the command line. */
export interface Tuning {
  readonly given: ReadonlyMap<string, string>;
  /** Keys that have no effect, each with the reason. */
  readonly skipped: readonly string[];
}

/** A mistake of the one who runs the program; its message says all. */
export class OptionsError extends Error {}

/** Lays the command line over the keys of the ConfigMap. Throws an OptionsError that names every key whose value cannot be used. */
export function tuned(commandLine: ReadonlyMap<string, string>, data: Readonly<Record<string, string>>): Tuning {
  const given = new Map<string, string>();
  const skipped: string[] = [];
  const problems: string[] = [];
  for (const [key, untrimmed] of Object.entries(data)) {
    // Comments, and the one key that is read from the mounted file.
    if (/^[_.]/.test(key) || key === ALLOWED_LABEL_DOMAINS) continue;
    const flag = findFlag(key);
    const value = untrimmed.trim();
    const problem = flag?.tunable ? problemOfValue(flag, value) : undefined;
    if (!flag?.tunable) skipped.push(flag ? `${key} can only be set by an argument` : `${key} is no flag`);
    else if (problem !== undefined) problems.push(`${key}: ${problem}`);
    else given.set(key, value);
  }
  if (problems.length > 0) throw new OptionsError(`values of the ConfigMap that cannot be used: ${problems.join('; ')}`);
  return { given: new Map([...given, ...commandLine]), skipped };
}

const WORKERS = ['sandbox', 'sandbox-claim', 'sandbox-warm-pool', 'sandbox-template'].map((kind) => `${kind}-concurrent-workers`);
// Spec 07 §1.1.
const MANY_WORKERS = 1000;

/** What is allowed and still looks like a mistake. */
export function warningsOf(options: Options): readonly string[] {
  const workers = WORKERS.reduce((sum, name) => sum + options.number(name), 0);
  const burst = options.number('kube-api-burst');
  return [
    ...(workers > MANY_WORKERS ? [`${workers} workers in all; more than ${MANY_WORKERS} mostly wait for the API server`] : []),
    ...(options.number('kube-api-qps') > 0 && workers > burst
      ? [`${workers} workers share --kube-api-burst=${burst}; raise it, or they wait for each other`]
      : []),
  ];
}

/** The label domains that claims may use (spec 07 §3). A text without any, or none, means the default. */
export function labelDomains(text: string | undefined): readonly string[] {
  const domains = (text ?? '')
    .split(/[,\r\n]/)
    .map((domain) => domain.trim().toLowerCase())
    .filter((domain) => domain !== '');
  return domains.length > 0 ? domains : ['sandbox.users.io'];
}
