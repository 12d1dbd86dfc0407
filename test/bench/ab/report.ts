import { table } from '../markdown';
import { formatSpread } from '../spread';
import type { Match } from './match';
import { FILL, WORKLOADS, type Work } from './turn';
import { chanceOf, comparisonOf, FIGURES, sentenceOf, type Comparison, type Figure } from './verdict';

/** The values of a figure of one contestant, one for each round; empty when there is none. */
export function valuesOf({ pieces }: Match, workload: Work['workload'], contestant: number, figure: Figure): readonly number[] {
  return pieces.filter((piece) => piece.workload === workload && piece.contestant === contestant).flatMap(({ sample }) => sample[figure] ?? []);
}

/** A contestant's figure beside that of the first. */
export const compared = (match: Match, workload: Work['workload'], contestant: number, figure: Figure): Comparison | undefined =>
  comparisonOf(valuesOf(match, workload, contestant, figure), valuesOf(match, workload, 0, figure));

/** Everything of a match, as Markdown. */
export function reportOf(match: Match): string {
  const [first, ...others] = match.entrants;
  const rounds = roundsIn(match);
  const lines = match.entrants.map(
    ({ name, from, node, nodeOptions, flags }) => `- **${name}**: ${from}, Node.js ${node} ${nodeOptions}${flags.length > 0 ? `, ${flags.join(' ')}` : ''}`,
  );
  const tables = others.map(({ name }, index) => `${name} / ${first?.name}, ${rounds} rounds:\n\n${tableOf(match, index + 1)}`);
  return [lines.join('\n'), ...tables, chanceSentence(rounds)].join('\n\n');
}

export const roundsIn = ({ pieces }: Match): number => Math.max(...pieces.map(({ round }) => round));

/** What a spread that excludes 1 is worth. */
export function chanceSentence(rounds: number): string {
  return `Ratios are taken within a round: median, least and greatest. Chance alone puts all ${rounds} rounds on one side for one figure of ${Math.round(1 / chanceOf(rounds))}.`;
}

function tableOf(match: Match, contestant: number): string {
  const rows = ([FILL, ...names(WORKLOADS)] as const).flatMap((workload) =>
    names(FIGURES).flatMap((figure) => {
      const comparison = compared(match, workload, contestant, figure);
      if (!comparison) return [];
      const [firsts, theirs] = [valuesOf(match, workload, 0, figure), valuesOf(match, workload, contestant, figure)];
      const { title, unit, digits } = FIGURES[figure];
      return [
        [workload, `${title}, ${unit}`, formatSpread(firsts, digits), formatSpread(theirs, digits), formatSpread(comparison.ratios), sentenceOf(comparison)],
      ];
    }),
  );
  return table(['workload', 'figure', match.entrants[0]?.name ?? '', match.entrants[contestant]?.name ?? '', 'ratio', ''], rows);
}

// The keys of an object of ours are those of its type.
const names = <K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] => Object.keys(record) as K[];
