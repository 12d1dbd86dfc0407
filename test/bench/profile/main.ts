import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { BUNDLE, bundleWithSourceMap, SOURCE_MAP } from '../../cluster/program';
import { loadNow, machineLine } from '../machine';
import { Stage } from '../stage/stage';
import { allocationsOf, callsOf, costsOf, type Call } from './costs';
import { startInspected } from './inspected';
import { heapSection, processorSection, write, type Section } from './page';
import { Atlas } from './place';
import { Rounds } from './rounds';

const HELP = `Where the controller's processor time goes while claims come at a fixed rate, by room of the house; written into docs/performance/.

  npm run bench:profile
  npm run bench:profile -- --rate 75 --seconds 20 --flags "--disable-claim-events"

  --rate N        warm claims a second; they do not wait for answers (default 75)
  --seconds N     for how long (default 20)
  --allocations   what is allocated too, in one more round of the same claims
  --flags "…"     further flags of the controller
  --save NAME     keeps the profiles as they come, as NAME.cpuprofile and NAME.heapprofile, for the developer tools of a browser

The controller is the bundle as a process of its own, warmed up before; the pool is not refilled. Linux only.
`;

const WARM_UP_SECONDS = 5;

interface Settings {
  readonly rate: number;
  readonly seconds: number;
  readonly allocations: boolean;
  readonly flags: readonly string[];
  readonly save: string | undefined;
}

async function main(): Promise<void> {
  const option = { type: 'string' } as const;
  const options = { rate: option, seconds: option, flags: option, save: option, allocations: { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } });
  if (values.help) return void process.stdout.write(HELP);
  const number = (name: 'rate' | 'seconds', usual: number): number => {
    const value = Number(values[name] ?? usual);
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} ${values[name]}: expected a whole number from 1 on; --help explains`);
    return value;
  };
  const { allocations, save, flags = '' } = values;
  const settings = { rate: number('rate', 75), seconds: number('seconds', 20), allocations, save, flags: flags.split(' ').filter(Boolean) };
  bundleWithSourceMap();
  const stage = await Stage.open();
  try {
    process.stdout.write(`${write(await profiled(stage, settings))}\n`);
  } finally {
    await stage.close();
  }
}

async function profiled(stage: Stage, { rate, seconds, allocations, flags, save }: Settings): Promise<readonly Section[]> {
  const loadBefore = loadNow();
  const inspector = await startInspected(stage, flags);
  const rounds = new Rounds(stage, inspector, rate);
  await rounds.carry(WARM_UP_SECONDS, (work) => work());
  const plain = await rounds.carry(WARM_UP_SECONDS, (work) => work());
  const processor = await rounds.carry(seconds, (work) => inspector.processorDuring(work));
  const heap = allocations ? await rounds.carry(seconds, (work) => inspector.allocationsDuring(work)) : undefined;
  inspector.close();
  if (save !== undefined) writeFileSync(`${save}.cpuprofile`, JSON.stringify(processor.seen));
  if (save !== undefined && heap) writeFileSync(`${save}.heapprofile`, JSON.stringify(heap.seen));
  const atlas = new Atlas(readFileSync(SOURCE_MAP, 'utf8'), `/${basename(BUNDLE)}`);
  const costs = (calls: Call) => costsOf(calls, (frame) => atlas.placeOf(frame));
  return [
    { text: machineLine(loadBefore, flags) },
    processorSection({ rate, plain, carried: processor, costs: costs(callsOf(processor.seen)) }),
    ...(heap ? [heapSection(heap, costs(allocationsOf(heap.seen)))] : []),
  ];
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
});
