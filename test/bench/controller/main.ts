import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BUNDLE, bundle } from '../../cluster/program';
import { processors } from '../machine';
import { table, withPart } from '../markdown';
import { formatSpread, ratios, spreadOf } from '../spread';
import { measureEmpty, measureLife, measureRest, measureStart, measureWork, type Life, type Memory, type Start } from './measure';
import { ModelServer } from './server';

const HELP = `Size, start, memory and event loop of the controller's bundle, written into docs/performance.md.

  npm run bench:controller
  npm run bench:controller -- --rounds 1

  --rounds N   rounds of starts and of memory after a start (default 3)

The controller runs against the simulation's model of an API server in a process of its own. Linux only. Takes about 10 minutes, and 4 more for each round.
Nothing is judged by time: the exit code is 0 also when an aim is missed.
`;

const PAGE = join(__dirname, '..', '..', '..', 'docs', 'performance.md');
const SANDBOXES = 1000;
const MANY = 10_000;
const STARTS = 5;
const EVENTS = { perSecond: 500, seconds: 20 };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, help: { type: 'boolean', short: 'h' } } });
  const rounds = Number(values.rounds);
  if (values.help) return void process.stdout.write(HELP);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: expected a whole number from 1 on; --help explains`);
  const loadBefore = loadavg();
  bundle();
  const [empty, full, crowded] = [await ModelServer.start(), await ModelServer.start(), await ModelServer.start()];
  try {
    const found: Findings = { startsEmpty: [], startsFull: [], lives: [], crowded: [], ...(await measureOnce({ empty, full, crowded })) };
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} of ${rounds}: starts`);
      for (let start = 0; start < STARTS; start++) {
        found.startsEmpty.push(await measureStart(empty));
        found.startsFull.push(await measureStart(full));
      }
      say(`round ${round + 1} of ${rounds}: rest and events`);
      found.lives.push(await measureLife(full, EVENTS));
      found.crowded.push(await measureRest(crowded));
    }
    const facts = `${processors()}, ${Math.round(totalmem() / 1e9)} GB, Linux ${release()}, Node.js ${process.version}; load average ${text(loadBefore)} before and ${text(loadavg())} after; ${rounds} rounds.`;
    write([facts, aims(found)].join('\n\n'));
  } finally {
    await Promise.all([empty, full, crowded].map((server) => server.stop()));
  }
}

interface Servers {
  readonly empty: ModelServer;
  readonly full: ModelServer;
  /** Of 10,000 Sandboxes. */
  readonly crowded: ModelServer;
}

/** What is measured once, because it fills the servers. */
async function measureOnce({ empty, full, crowded }: Servers): Promise<Pick<Findings, 'bare' | 'idle' | 'madeFull' | 'madeCrowded'>> {
  say('without a Sandbox');
  const [bare, idle] = [await measureEmpty(), await measureRest(empty)];
  say(`making ${SANDBOXES} Sandboxes`);
  const madeFull = await measureWork(full, SANDBOXES);
  say(`making ${MANY} Sandboxes`);
  return { bare, idle, madeFull, madeCrowded: await measureWork(crowded, MANY) };
}

interface Findings {
  /** An empty program of Node.js. */
  readonly bare: Memory;
  /** Without a Sandbox. */
  readonly idle: Memory;
  readonly madeFull: Memory;
  readonly madeCrowded: Memory;
  readonly startsEmpty: Start[];
  readonly startsFull: Start[];
  readonly lives: Life[];
  /** After a start with 10,000 Sandboxes. */
  readonly crowded: Memory[];
}

function aims({ bare, idle, startsEmpty, startsFull, lives, crowded, madeFull, madeCrowded }: Findings): string {
  const of = <T, K extends keyof T>(list: readonly T[], member: K): readonly T[K][] => list.map((one) => one[member]);
  const row = (what: string, values: readonly number[], [digits, unit, limit]: readonly [number, string, number]): readonly string[] => [
    what,
    `${formatSpread(values, digits)} ${unit}`,
    `below ${limit} ${unit}`,
    spreadOf(values).median < limit ? 'reached' : 'missed',
  ];
  const plain = (what: string, figure: string): readonly string[] => [what, figure, '', ''];
  const memory = (what: string, found: readonly Memory[], limitMb: number): ReadonlyArray<readonly string[]> => [
    row(`memory (RSS) at rest with ${what}`, of(found, 'rssMb'), [0, 'MB', limitMb]),
    plain('of that private', `${formatSpread(of(found, 'privateMb'), 0)} MB`),
  ];
  const without = ({ rssMb, privateMb }: Memory): string => `${rssMb.toFixed(0)} MB, ${privateMb.toFixed(0)} MB private`;
  const rows = [
    row('size of the bundle', [statSync(BUNDLE).size / 1000], [0, 'kB', 1000]),
    row('from the start of the process to ready, no Sandbox', of(startsEmpty, 'readyMs'), [0, 'ms', 300]),
    row(`the same, ${SANDBOXES} Sandboxes`, of(startsFull, 'readyMs'), [0, 'ms', 300]),
    plain('the same without Sandboxes, times an empty program of Node.js', formatSpread(ratios(of(startsEmpty, 'readyMs'), of(startsEmpty, 'nodeMs')), 1)),
    plain('processor time until ready, no Sandbox', `${formatSpread(of(startsEmpty, 'cpuMs'), 0)} ms`),
    plain(`processor time until ready, ${SANDBOXES} Sandboxes`, `${formatSpread(of(startsFull, 'cpuMs'), 0)} ms`),
    plain('memory of an empty program of Node.js', without(bare)),
    plain('memory at rest, no Sandbox', without(idle)),
    ...memory(`${SANDBOXES} Sandboxes, after a start`, of(lives, 'memory'), 90),
    ...memory(`${SANDBOXES} Sandboxes, after it has made them`, [madeFull], 90),
    ...memory(`${MANY} Sandboxes, after a start`, crowded, 250),
    ...memory(`${MANY} Sandboxes, after it has made them`, [madeCrowded], 250),
    row(`event-loop delay, 99th percentile, at ${EVENTS.perSecond} events/s`, of(lives, 'loopDelayMs'), [1, 'ms', 20]),
    plain('passes a second meanwhile', formatSpread(of(lives, 'passesPerSecond'), 0)),
  ];
  return table(['', 'figure', 'aim', ''], rows);
}

function write(figures: string): void {
  writeFileSync(PAGE, withPart(readFileSync(PAGE, 'utf8'), 'bench:controller', figures));
  process.stdout.write(`${figures}\n`);
}

const text = (load: readonly number[]): string => load.map((value) => value.toFixed(1)).join(', ');
const say = (what: string): void => void process.stderr.write(`${what}\n`);

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
