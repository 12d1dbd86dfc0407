/** Readers of Prometheus' text format. */

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([^ ]+)(?: \d+)?$/;

interface Sample {
  readonly labels: string;
  readonly value: number;
}

/** The sum of all samples of a family; undefined if it has none. */
export function totalIn(metrics: string | undefined, family: string): number | undefined {
  const samples = samplesIn(metrics, family);
  return samples.length === 0 ? undefined : samples.reduce((sum, { value }) => sum + value, 0);
}

/** Sums by the value of a label; undefined if the family has no sample. */
export function totalsIn(metrics: string | undefined, family: string, label: string): Readonly<Record<string, number>> | undefined {
  const samples = samplesIn(metrics, family);
  const sums: Record<string, number> = {};
  for (const { labels, value } of samples) {
    const name = labelIn(labels, label);
    sums[name] = (sums[name] ?? 0) + value;
  }
  return samples.length === 0 ? undefined : sums;
}

const labelIn = (labels: string, label: string): string => new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(labels)?.[1] ?? '';

function samplesIn(metrics: string | undefined, family: string): readonly Sample[] {
  return (metrics ?? '')
    .split('\n')
    .filter((line) => line.startsWith(family))
    .flatMap((line) => {
      const [, name, labels = '', value] = LINE.exec(line) ?? [];
      return name === family ? [{ labels, value: Number(value) }] : [];
    });
}
