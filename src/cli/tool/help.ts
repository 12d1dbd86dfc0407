import type { Option, Subcommand } from './subcommand';

export const PROGRAM = 'cdk8s-agent-sandbox';

const HELP: Option = { name: 'help', short: 'h', doc: 'This text.' };

/** The text of `--help`: every command in one line. */
export function help(subcommands: readonly Subcommand[]): string {
  const rows = inColumns(subcommands.map(({ name, summary }) => [name, summary]));
  return `Usage: ${PROGRAM} <command> [options]\n\nTools around agent sandboxes in Kubernetes.\n\nCommands:\n${rows}\n\nOptions of a command: ${PROGRAM} <command> --help\n`;
}

/** The text of `<command> --help`. */
export function helpOf({ name, summary, options }: Subcommand): string {
  const rows = inColumns([...options, HELP].map((option) => [leftOf(option), option.doc]));
  return `Usage: ${PROGRAM} ${name} [options]\n\n${summary}\n\nOptions:\n${rows}\n`;
}

const leftOf = ({ name, short, value }: Option): string =>
  `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`;

function inColumns(rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
