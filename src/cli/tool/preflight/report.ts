import type { Finding, Verdict } from './finding';

/** The findings of one check. */
export interface Checked {
  readonly name: string;
  readonly findings: readonly Finding[];
}

const NAME_WIDTH = 18;
const INDENT = ' '.repeat(9 + NAME_WIDTH);

/** The report as lines: verdict, check, what was found, and below it what to do. */
export function linesOf(checked: readonly Checked[]): readonly string[] {
  const rows = checked.flatMap(({ name, findings }) => findings.flatMap((finding, index) => linesOfFinding(index === 0 ? name : '', finding)));
  const count = (verdict: Verdict): number => checked.flatMap(({ findings }) => findings).filter((finding) => finding.verdict === verdict).length;
  return [...rows, '', `${count('ok')} ok, ${count('warning')} warning, ${count('failed')} failed`];
}

const linesOfFinding = (name: string, { verdict, found, todo }: Finding): readonly string[] => [
  `${verdict.padEnd(9)}${name.padEnd(NAME_WIDTH)}${found}`,
  ...(todo === undefined ? [] : [`${INDENT}→ ${todo}`]),
];

/** 1 when something has failed; warnings are for people. */
export const exitCodeOf = (checked: readonly Checked[]): number =>
  checked.some(({ findings }) => findings.some(({ verdict }) => verdict === 'failed')) ? 1 : 0;
