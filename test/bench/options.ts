import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { nearest } from '../../src/api/nearest';
import { AB_HELP } from './ab/compare';
import type { GivenOptions } from './stage/given';
import type { NodesKind } from './stage/stage';
import { UserError } from './user-error';
import { SIZES, type Sizes } from './workloads/sizes';
import { WORKLOADS, type Workload } from './workloads/table';

/** What the command line asks for. */
export interface Order {
  readonly workloads: readonly Workload[];
  readonly sizes: Sizes;
  /** Further flags of our own controller. */
  readonly flags: readonly string[];
  readonly nodes: NodesKind;
  /** The cluster whose controller is measured, instead of a control plane and a controller of the bench's own. */
  readonly given?: GivenOptions;
  /** Folder of what is written. */
  readonly out: string;
}

export const HELP = `What a claim takes and what it costs, of any controller of the API v1beta1: latencies, writes, processor time, memory.

  npm run bench                                                all workloads, about 25 minutes on two cores; their tables stand in docs/performance.md
  npm run bench -- serial burst --claims 100 --rounds 1 --out /tmp/bench
  npm run bench -- --no-controller --kubeconfig FILE serial    the controller that runs in that cluster
  npm run bench -- --list                                      the workloads

  --nodes NODES       kwok: kube-scheduler and nodes of kwok (default); player: a small program that does the work of both
  --flags "…"         further flags of our controller
  --out FOLDER        where results.json, plots and tables are written (default docs/performance; dist/bench if it is not all workloads, or a cluster that is given)

Sizes:
${rowsOf(Object.values(SIZES).map(({ option, usual, about }) => [`--${option} ${Array.isArray(usual) ? 'N,N…' : 'N'}`, `${about} (default ${String(usual)})`]))}

Of a cluster that is given:
${rowsOf([
  ['--no-controller', 'start nothing: measure the controller that runs there; of it the bench knows the API alone'],
  ['--kubeconfig FILE', 'how to reach it'],
  ['--namespace NAME', 'where objects are made; it is made, and removed at the end, if it is not there (default agent-sandbox-bench)'],
  ['--audit-log FILE', 'the audit log of its API server, if it lies on this machine: counts of writes'],
  ['--controller-user NAME', "the controller's user in it, such as system:serviceaccount:agent-sandbox-system:agent-sandbox-controller"],
  ['--metrics-url URL', 'where the controller serves metrics: passes, processor time, memory'],
  ['--controller-pid N', "the controller's process, if it runs on this machine: the most memory that it held"],
])}

The control plane is etcd, kube-apiserver and kube-scheduler, each a process of its own on loopback, and so is the controller. Linux only. The first run builds
them from Go modules. Counts and ratios are checked against test/bench/budgets.json: the exit code is 1 when one does not hold. Times are told, never judged.

${AB_HELP}`;

const DEFAULT_NAMESPACE = 'agent-sandbox-bench';
/** Where what was found is written: what stands in the repository is only ever all of it. */
export const OUT = { all: 'docs/performance', some: 'dist/bench' };
const text = { type: 'string' } as const;
const ON_GIVEN = { kubeconfig: text, namespace: text, 'audit-log': text, 'controller-user': text, 'metrics-url': text, 'controller-pid': text };
const OPTIONS: ParseArgsOptionsConfig = {
  ...Object.fromEntries(Object.values(SIZES).map(({ option }) => [option, text])),
  ...ON_GIVEN,
  ...{ nodes: text, flags: text, out: text },
  ...{ 'no-controller': { type: 'boolean' }, list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
};

type Values = Readonly<Record<string, unknown>>;

/** What to do: an order, or a text to print. Throws a UserError that says what was found and what was expected. */
export function orderOf(args: readonly string[]): Order | string {
  const { values, positionals } = parsed(args);
  if (values.help) return HELP;
  if (values.list) return `${rowsOf(WORKLOADS.map(({ name, about }) => [name, about]))}\n`;
  const given = givenIn(values);
  return {
    workloads: workloadsOf(positionals, given !== undefined),
    sizes: sizesIn(values),
    flags: textIn(values, 'flags')?.split(/\s+/).filter(Boolean) ?? [],
    nodes: nodesIn(values),
    ...(given && { given }),
    out: textIn(values, 'out') ?? (positionals.length === 0 && given === undefined ? OUT.all : OUT.some),
  };
}

function parsed(args: readonly string[]): { readonly values: Values; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: withFlags(args), options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const { message } = error as Error; // It is parseArgs that throws.
    const unknown = /'--?([\w-]+)/.exec(message)?.[1] ?? '';
    throw new UserError(`${message.split(/\.\s/)[0]}${meant(unknown, Object.keys(OPTIONS), '--')}; --help explains`);
  }
}

/** The value of --flags begins with dashes, which is taken only behind an equals sign. */
function withFlags(args: readonly string[]): string[] {
  const at = args.indexOf('--flags');
  return at < 0 || at === args.length - 1 ? [...args] : [...args.slice(0, at), `--flags=${args[at + 1]}`, ...args.slice(at + 2)];
}

/** Those that are named, in the order of the table; without a name all that can be done. */
function workloadsOf(names: readonly string[], isGiven: boolean): readonly Workload[] {
  const known = WORKLOADS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UserError(`workload ${unknown}: found no such one${meant(unknown, known)}; --list names them`);
  const wrong = WORKLOADS.find(({ name, ownController }) => isGiven && ownController && names.includes(name));
  if (wrong) throw new UserError(`workload ${wrong.name}: starts and stops the controller, which --no-controller forbids; leave one of the two out`);
  return WORKLOADS.filter(({ name, ownController }) => (names.length === 0 ? !(isGiven && ownController) : names.includes(name)));
}

function sizesIn(values: Values): Sizes {
  const sizes = Object.entries(SIZES).map(([key, { option, usual }]) => {
    const value = textIn(values, option);
    if (value === undefined) return [key, usual];
    return [key, Array.isArray(usual) ? value.split(',').map((part) => numberOf(option, part)) : numberOf(option, value)];
  });
  // An entry for each size.
  return Object.fromEntries(sizes) as Sizes;
}

function givenIn(values: Values): GivenOptions | undefined {
  const kubeconfig = textIn(values, 'kubeconfig');
  if (!values['no-controller']) {
    const stray = Object.keys(ON_GIVEN).find((name) => values[name] !== undefined);
    if (stray !== undefined) throw new UserError(`--${stray}: is for a cluster that is given; give --no-controller too, or leave it out`);
    return undefined;
  }
  if (kubeconfig === undefined) throw new UserError('--no-controller: expected --kubeconfig FILE with it, the cluster whose controller is to be measured');
  const stray = ['flags', 'nodes'].find((name) => values[name] !== undefined);
  if (stray !== undefined) throw new UserError(`--${stray}: is for a controller that the bench starts; leave it or --no-controller out`);
  const [auditLog, controllerUser, metricsUrl] = [textIn(values, 'audit-log'), textIn(values, 'controller-user'), textIn(values, 'metrics-url')];
  if ((auditLog === undefined) !== (controllerUser === undefined)) throw new UserError('--audit-log and --controller-user: expected both or none');
  if (metricsUrl !== undefined && !/^https?:\/\//.test(metricsUrl))
    throw new UserError(`--metrics-url ${metricsUrl}: expected a URL such as http://127.0.0.1:8080/metrics`);
  const pid = textIn(values, 'controller-pid');
  return {
    ...{ kubeconfig, namespace: textIn(values, 'namespace') ?? DEFAULT_NAMESPACE },
    ...(auditLog !== undefined && controllerUser !== undefined && { auditLog, controllerUser }),
    ...(metricsUrl !== undefined && { metricsUrl }),
    ...(pid !== undefined && { controllerPid: numberOf('controller-pid', pid) }),
  };
}

function nodesIn(values: Values): NodesKind {
  const nodes = textIn(values, 'nodes') ?? 'kwok';
  if (nodes !== 'kwok' && nodes !== 'player') throw new UserError(`--nodes ${nodes}: expected kwok or player`);
  return nodes;
}

function numberOf(option: string, value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) throw new UserError(`--${option} ${value}: expected a whole number from 1 on`);
  return number;
}

function textIn(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

function meant(word: string, known: readonly string[], prefix = ''): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `; did you mean ${prefix}${near}?`;
}

function rowsOf(rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, about]) => `  ${name.padEnd(width)}  ${about}`).join('\n');
}
