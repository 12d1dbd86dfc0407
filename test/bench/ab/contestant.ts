import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { nearest } from '../../../src/api/nearest';
import { MALLOC_OPTIONS, NODE_OPTIONS } from '../../../src/constructs/install/controller-deployment';
import type { Patch } from '../../cluster/components';
import { UserError } from '../user-error';
import { isNodeLine, NODE_VERSIONS, type NodeLine } from './node-program';

/** A controller as it is compared with others: what its file does not say is as the installation has it. */
export interface Contestant {
  readonly name: string;
  /** Flags of the controller beside those that the bench needs. */
  readonly flags: readonly string[];
  /** NODE_OPTIONS. */
  readonly nodeOptions: string;
  /** Undefined for the Node.js of this process. */
  readonly node: NodeLine | undefined;
  /** Variables of the environment, in the place of those that the installation sets for malloc. */
  readonly environment: Readonly<Record<string, string>>;
  /** Path of a bundle that is there. */
  readonly bundle: string | undefined;
  /** A git ref whose bundle is built. */
  readonly checkout: string | undefined;
  /** What is replaced in the sources before they are bundled. */
  readonly edits: readonly Patch[];
}

/** Thrown for a file that is no contestant; the message names all that is wrong with it. */
export class ContestantError extends UserError {}

/** Flags that the bench sets for each contestant. */
const OF_THE_BENCH = ['kubeconfig', 'metrics-bind-address', 'health-probe-bind-address', 'extensions', 'leader-election-namespace', 'watch-namespaces'];

type Told = (problem: string) => void;
type Value = unknown;

/** Throws a ContestantError for a file that cannot be read or is no contestant. Paths in it are relative to it. */
export function readContestant(file: string): Contestant {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ContestantError(`${file}: cannot be read: ${String(error)}`);
  }
  let value: Value;
  try {
    value = JSON.parse(text) as Value;
  } catch (error) {
    throw new ContestantError(`${file}: no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return contestantOf(value, { where: file, folder: dirname(file) });
}

/** Throws a ContestantError with one line for each problem. */
export function contestantOf(value: Value, { where, folder }: { readonly where: string; readonly folder: string }): Contestant {
  const problems: string[] = [];
  const told: Told = (problem) => problems.push(`${where}: ${problem}`);
  const members = recordOf(value);
  if (!members) throw new ContestantError(`${where}: found ${shown(value)}, expected an object such as {"name": "eight", "flags": ["--zap-log-level=error"]}`);
  for (const key of Object.keys(members)) if (!KEYS.includes(key)) told(`${key}: unknown key${hint(key)}; known are ${KEYS.join(', ')}`);
  const contestant: Contestant = {
    name: nameOf(members.name, told),
    flags: flagsOf(members.flags ?? [], told),
    nodeOptions: textOf('nodeOptions', members.nodeOptions ?? NODE_OPTIONS, told),
    node: members.node === undefined ? undefined : nodeOf(members.node, told),
    environment: environmentOf(members.environment ?? MALLOC_OPTIONS, told),
    bundle: members.bundle === undefined ? undefined : resolve(folder, textOf('bundle', members.bundle, told)),
    checkout: members.checkout === undefined ? undefined : textOf('checkout', members.checkout, told),
    edits: editsOf(members.edits ?? [], told),
  };
  const { bundle, checkout, edits } = contestant;
  if (bundle !== undefined && checkout !== undefined) told('bundle and checkout: found both, expected one of them: a checkout is bundled anew');
  if (bundle !== undefined && edits.length > 0) told('bundle and edits: found both, expected one of them: sources are edited, a bundle is run as it is');
  if (problems.length > 0) throw new ContestantError(problems.join('\n'));
  return contestant;
}

const KEYS: readonly string[] = ['name', 'flags', 'nodeOptions', 'node', 'environment', 'bundle', 'checkout', 'edits'] satisfies (keyof Contestant)[];

function hint(key: string): string {
  const near = nearest(key, KEYS);
  return near === undefined ? '' : `, did you mean ${near}?`;
}

function nameOf(value: Value, told: Told): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  told(`name: found ${shown(value)}, expected what the tables are to call it`);
  return '';
}

function textOf(key: string, value: Value, told: Told): string {
  if (typeof value === 'string') return value;
  told(`${key}: found ${shown(value)}, expected a string`);
  return '';
}

function flagsOf(value: Value, told: Told): readonly string[] {
  if (!Array.isArray(value)) {
    told(`flags: found ${shown(value)}, expected a list such as ["--zap-log-level=error"]`);
    return [];
  }
  return value.map((flag: Value, index) => {
    const [, name] = (typeof flag === 'string' && /^--([a-z][-a-z0-9]*)(=.*)?$/.exec(flag)) || [];
    if (name === undefined) told(`flags[${index}]: found ${shown(flag)}, expected --name or --name=value in one string`);
    else if (OF_THE_BENCH.includes(name)) told(`flags[${index}]: --${name} is set by the bench, for all contestants alike`);
    return String(flag);
  });
}

function nodeOf(value: Value, told: Told): NodeLine | undefined {
  if (typeof value === 'string' && isNodeLine(value)) return value;
  const known = Object.keys(NODE_VERSIONS).map((line) => `"${line}"`);
  told(`node: found ${shown(value)}, expected ${known.join(' or ')}`);
  return undefined;
}

function environmentOf(value: Value, told: Told): Readonly<Record<string, string>> {
  const members = recordOf(value);
  if (!members) told(`environment: found ${shown(value)}, expected an object such as {"UV_THREADPOOL_SIZE": "2"}`);
  const entries = Object.entries(members ?? {}).map(([name, text]) => {
    if (name === 'NODE_OPTIONS') told('environment.NODE_OPTIONS: expected in the key nodeOptions, which replaces what the installation sets');
    return [name, textOf(`environment.${name}`, text, told)] as const;
  });
  return Object.fromEntries(entries);
}

const EDIT_KEYS = ['file', 'find', 'replace'] as const satisfies (keyof Patch)[];

function editsOf(value: Value, told: Told): readonly Patch[] {
  if (!Array.isArray(value)) {
    told(`edits: found ${shown(value)}, expected a list of {"file", "find", "replace"}`);
    return [];
  }
  return value.map((edit: Value, index) => {
    const members = recordOf(edit) ?? {};
    for (const key of Object.keys(members))
      if (!EDIT_KEYS.some((known) => known === key)) told(`edits[${index}].${key}: unknown key; known are ${EDIT_KEYS.join(', ')}`);
    const [file, find, replace] = EDIT_KEYS.map((key) => textOf(`edits[${index}].${key}`, members[key], told));
    return { file: file ?? '', find: find ?? '', replace: replace ?? '' };
  });
}

function recordOf(value: Value): Readonly<Record<string, Value>> | undefined {
  // An object of JSON has texts as keys.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, Value>>) : undefined;
}

const shown = (value: Value): string => (value === undefined ? 'nothing' : JSON.stringify(value));
