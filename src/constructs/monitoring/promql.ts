import type { Family } from '../../api/metrics';

type Part = '' | '_bucket' | '_count';

/** Writes the selectors of the queries: by a family of the table, so that neither its name nor a label can be misspelt. */
export class Promql {
  /** `job` is what Prometheus calls the controller: other programs have families of the same names. */
  public constructor(private readonly job: string) {}

  /** The series of a family, narrowed by matchers such as `="warm"` for each label. */
  public select<L extends string>({ name }: Family<L>, matchers: Partial<Record<L, string>> = {}, part: Part = ''): string {
    const all = [`job="${this.job}"`, ...Object.entries(matchers).map(([label, matcher]) => `${label}${String(matcher)}`)];
    return `${name}${part}{${all.join(', ')}}`;
  }

  /** A gauge that every process reads from its own caches, whether it leads or not: each series once. */
  public once<L extends string>(family: Family<L>, matchers: Partial<Record<L, string>> = {}): string {
    return `max by (${family.labelNames.join(', ')}) (${this.select(family, matchers)})`;
  }

  /** Whether Prometheus reaches the processes. */
  public get up(): string {
    return `up{job="${this.job}"}`;
  }
}
