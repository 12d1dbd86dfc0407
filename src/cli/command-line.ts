import type { Flag } from '../api/flag';
import { problemOfValue } from '../api/flag-values';
import { findFlag, FLAGS, REMOVED_FLAGS } from '../api/flags';
import { nearest } from '../api/nearest';

/** What a command line says. */
export type CommandLine =
  | { readonly says: 'run'; readonly given: ReadonlyMap<string, string>; readonly warnings: readonly string[] }
  | { readonly says: 'help' }
  | { readonly says: 'nonsense'; readonly problem: string };

/** Of the removed flags those that took no value of their own. */
const REMOVED_BOOLS: readonly string[] = ['enable-webhook', 'manage-webhook-certs'];

/** Reads arguments as Go's flag package does (spec 07 §1): one dash or two, `--x=v` or `--x v`, a boolean only as `--x` or `--x=v`; the last of several counts. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const given = new Map<string, string>();
  const removed = new Set<string>();
  for (let at = 0; at < args.length; at++) {
    const { name, value } = splitFlag(args[at] ?? '') ?? {};
    if (name === undefined) return ended(args.slice(at), given, removed);
    if (name === 'h' || name === 'help') return { says: 'help' };
    const isRemoved = REMOVED_FLAGS.includes(name);
    const flag = findFlag(name);
    if (!flag && !isRemoved) return nonsense(`unknown flag --${name}${hint(name)}`);
    const takesNext = value === undefined && (flag ? flag.type !== 'bool' : !REMOVED_BOOLS.includes(name));
    const text = value ?? (takesNext ? args[++at] : 'true');
    if (text === undefined) return nonsense(`flag --${name} needs a value`);
    if (isRemoved || !flag) removed.add(name);
    else {
      const problem = problemOfValue(flag, text);
      if (problem !== undefined) return nonsense(`--${name}: ${problem}`);
      given.set(name, text);
    }
  }
  return ended([], given, removed);
}

/** `--name=value` in parts; undefined for what is no flag, and for `--`, where the flags end. */
function splitFlag(arg: string): { readonly name: string; readonly value?: string } | undefined {
  const [, name, , value] = /^--?([^-=][^=]*)(=([^]*))?$/.exec(arg) ?? [];
  return name === undefined ? undefined : { name, ...(value !== undefined && { value }) };
}

const nonsense = (problem: string): CommandLine => ({ says: 'nonsense', problem });

function hint(name: string): string {
  const near = nearest(
    name,
    FLAGS.map((flag) => flag.name),
  );
  return near ? `; did you mean --${near}?` : '';
}

function ended(rest: readonly string[], given: ReadonlyMap<string, string>, removed: ReadonlySet<string>): CommandLine {
  const [first, ...others] = rest;
  const ignored = first === '--' ? others : rest;
  return {
    says: 'run',
    given,
    warnings: [
      ...[...removed].map((name) => `--${name} was removed from the API and has no effect; take it out of the arguments`),
      ...(ignored.length > 0 ? [`arguments that are no flags have no effect: ${ignored.join(' ')}`] : []),
    ],
  };
}

/** The text of `--help`: every flag with its default, in the order of the specification. */
export function usage(program: string): string {
  const rows = FLAGS.map((flag) => `  --${flag.name}${valueText(flag)}\n        ${flag.doc}${defaultText(flag)}`);
  return `Usage: ${program} [flags]\n\nRuns the controllers of agent sandboxes against a Kubernetes API server.\n\nFlags:\n${rows.join('\n')}\n`;
}

const valueText = (flag: Flag): string => (flag.type === 'bool' ? '' : flag.type === 'enum' ? `=${flag.values.join('|')}` : `=<${flag.type}>`);
const defaultText = (flag: Flag): string => (flag.default === '' || flag.default === false ? '' : ` (default ${String(flag.default)})`);
