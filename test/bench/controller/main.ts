import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BUNDLE, bundle } from '../../cluster/program';
import { formatSpread, ratios, spreadOf } from '../spread';
import { measureLife, measureStart, measureWork, type Life, type Start } from './measure';
import { ModelServer } from './server';

const HELP = `Size, start, memory and event loop of the controller's bundle, written into docs/performance.md.

  npm run bench:controller
  npm run bench:controller -- --rounds 1

  --rounds N   rounds of everything (default 3)

The controller runs against the simulation's model of an API server in a process of its own. Linux only. Takes about 3 minutes a round.
Nothing is judged by time: the exit code is 0 also when an aim is missed.
`;

const PAGE = join(__dirname, '..', '..', '..', 'docs', 'performance.md');
const FIGURES = /(<!-- bench:controller -->\n)[^]*(<!-- end of bench:controller -->)/;
const SANDBOXES = 1000;
const STARTS = 5;
const EVENTS = { perSecond: 500, seconds: 20 };
/** Arguments of Node.js that might pay: less room for young objects. */
const NODE_ARGS = {
  'as Node.js comes': [],
  '`--max-semi-space-size=2`': ['--max-semi-space-size=2'],
  '`--max-semi-space-size=4`': ['--max-semi-space-size=4'],
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, help: { type: 'boolean', short: 'h' } } });
  const rounds = Number(values.rounds);
  if (values.help) return void process.stdout.write(HELP);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: expected a whole number from 1 on; --help explains`);
  const loadBefore = loadavg();
  bundle();
  const [empty, full] = [await ModelServer.start(), await ModelServer.start()];
  try {
    say(`making ${SANDBOXES} Sandboxes`);
    const workRssMb = await measureWork(full, SANDBOXES);
    const [startsEmpty, startsFull]: [Start[], Start[]] = [[], []];
    const lives = new Map<string, Life[]>(Object.keys(NODE_ARGS).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} of ${rounds}: starts`);
      for (let start = 0; start < STARTS; start++) {
        startsEmpty.push(await measureStart(empty));
        startsFull.push(await measureStart(full));
      }
      for (const [name, nodeArgs] of Object.entries(NODE_ARGS)) {
        say(`round ${round + 1} of ${rounds}: ${name}`);
        lives.get(name)?.push(await measureLife(full, { nodeArgs, ...EVENTS }));
      }
    }
    const facts = `${cpus().length} processors (${cpus()[0]?.model}), ${Math.round(totalmem() / 1e9)} GB, Linux ${release()}, Node.js ${process.version}; load average ${text(loadBefore)} before and ${text(loadavg())} after; ${rounds} rounds.`;
    write([facts, aims({ startsEmpty, startsFull, lives: lives.get('as Node.js comes') ?? [], workRssMb }), nodeTable(lives)].join('\n\n'));
  } finally {
    await Promise.all([empty.stop(), full.stop()]);
  }
}

interface Findings {
  readonly startsEmpty: readonly Start[];
  readonly startsFull: readonly Start[];
  readonly lives: readonly Life[];
  readonly workRssMb: number;
}

function aims({ startsEmpty, startsFull, lives, workRssMb }: Findings): string {
  const of = <T, K extends keyof T>(list: readonly T[], member: K): readonly T[K][] => list.map((one) => one[member]);
  const row = (what: string, values: readonly number[], [digits, unit, limit]: readonly [number, string, number]): readonly string[] => [
    what,
    `${formatSpread(values, digits)} ${unit}`,
    `below ${limit} ${unit}`,
    spreadOf(values).median < limit ? 'reached' : 'missed',
  ];
  const plain = (what: string, figure: string): readonly string[] => [what, figure, '', ''];
  return table([
    ['', 'figure', 'aim', ''],
    row('size of the bundle', [statSync(BUNDLE).size / 1000], [0, 'kB', 1000]),
    row('from the start of the process to ready, no Sandbox', of(startsEmpty, 'readyMs'), [0, 'ms', 300]),
    row(`the same, ${SANDBOXES} Sandboxes`, of(startsFull, 'readyMs'), [0, 'ms', 300]),
    plain('the same without Sandboxes, times an empty program of Node.js', formatSpread(ratios(of(startsEmpty, 'readyMs'), of(startsEmpty, 'nodeMs')), 1)),
    plain('processor time until ready, no Sandbox', `${formatSpread(of(startsEmpty, 'cpuMs'), 0)} ms`),
    plain(`processor time until ready, ${SANDBOXES} Sandboxes`, `${formatSpread(of(startsFull, 'cpuMs'), 0)} ms`),
    row(`memory (RSS) at rest with ${SANDBOXES} Sandboxes, after a start`, of(lives, 'rssMb'), [0, 'MB', 90]),
    row(`memory (RSS) at rest with ${SANDBOXES} Sandboxes, after it has made them`, [workRssMb], [0, 'MB', 90]),
    row(`event-loop delay, 99th percentile, at ${EVENTS.perSecond} events/s`, of(lives, 'loopDelayMs'), [1, 'ms', 20]),
    plain('passes a second meanwhile', formatSpread(of(lives, 'passesPerSecond'), 0)),
  ]);
}

/** What arguments of Node.js change, as ratios within a round. */
function nodeTable(lives: ReadonlyMap<string, readonly Life[]>): string {
  const [base = []] = lives.values();
  const rows = [...lives].map(([name, those]) => {
    const ratio = (member: keyof Life): string =>
      formatSpread(
        ratios(
          those.map((life) => life[member]),
          base.map((life) => life[member]),
        ),
      );
    return [name, ratio('rssMb'), ratio('loopDelayMs')];
  });
  return table([['', 'memory at rest', 'event-loop delay'], ...rows]);
}

function table([head = [], ...rows]: ReadonlyArray<readonly string[]>): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function write(figures: string): void {
  const page = readFileSync(PAGE, 'utf8');
  if (!FIGURES.test(page)) throw new Error(`${PAGE} has no place for the figures: ${FIGURES.source}`);
  writeFileSync(
    PAGE,
    page.replace(FIGURES, (_, begin: string, end: string) => `${begin}\n${figures}\n\n${end}`),
  );
  process.stdout.write(`${figures}\n`);
}

const text = (load: readonly number[]): string => load.map((value) => value.toFixed(1)).join(', ');
const say = (what: string): void => void process.stderr.write(`${what}\n`);

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
