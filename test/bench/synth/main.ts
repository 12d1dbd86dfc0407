import { parseArgs } from 'node:util';
import { contestants } from './contestants';
import { measureLoading, measureSandboxes, measureTask, requireSameOutput } from './measure';
import { report, type Findings } from './report';
import { Workbench } from './workbench';

const HELP = `How long synthesis takes, compared side by side: ratios, and milliseconds only where the question is one of milliseconds.

  npm run bench:synth
  npm run bench:synth -- --rounds 3 --sizes 1000

  --rounds N       rounds; in each of them everything runs once, in turn (default 5)
  --sizes A,B      numbers of Sandboxes (default 1000,10000)
  --bound SECONDS  a run that takes longer is stopped, and its contestant sits out at this size (default 120)

Builds the package first, and once Helm and kustomize from their Go modules (about 3 minutes). Takes about 12 minutes on two cores.
Nothing is judged by time: the exit code is 0 also when an aim is missed.
`;

const LAYERS = [5, 6, 7];

async function main(): Promise<void> {
  const settings = settingsOf(process.argv.slice(2));
  if (settings === undefined) return void process.stdout.write(HELP);
  const { rounds, bound, sizes } = settings;
  const bench = new Workbench(bound);
  process.on('exit', () => bench.remove());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  say('building the package, Helm and kustomize');
  bench.prepare();
  const all = await contestants();
  say('comparing what they write');
  await requireSameOutput(bench, all);
  const sandboxes = await measureSandboxes(bench, all, { sizes, rounds, say });
  say('loading, installation, layers');
  const loading = await measureLoading(bench, rounds);
  const installation = await measureTask(bench, 'AgentSandboxSystem', 1, rounds);
  const layers: Findings['layers'][number][] = [];
  for (const count of LAYERS) layers.push({ count, ...(await measureTask(bench, 'layers', count, rounds)) });
  process.stdout.write(report({ all, sizes, sandboxes, loading, installation, layers }));
}

/** What the command line asks for; undefined when it asks for help. Throws an error that says what is wrong. */
function settingsOf(args: readonly string[]): { readonly rounds: number; readonly bound: number; readonly sizes: readonly number[] } | undefined {
  const options = {
    rounds: { type: 'string', default: '5' },
    sizes: { type: 'string', default: '1000,10000' },
    bound: { type: 'string', default: '120' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return undefined;
  const number = (name: string, text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} ${text}: expected a whole number from 1 on; --help explains`);
    return value;
  };
  const sizes = values.sizes.split(',').map((size) => number('sizes', size));
  return { rounds: number('rounds', values.rounds), bound: number('bound', values.bound), sizes };
}

function say(what: string): void {
  process.stderr.write(`[bench] ${what}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
