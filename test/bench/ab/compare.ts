import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nearest } from '../../../src/api/nearest';
import { bundle } from '../../cluster/program';
import { UserError } from '../user-error';
import { readContestant } from './contestant';
import { play, type Plan } from './match';
import { reportOf } from './report';
import { WORKLOADS, type WorkloadName } from './turn';

export const AB_HELP = `  --ab A.json B.json  compares two controllers or more on one server, in turns; the others are divided by the first
    --rounds N        turns of each (default 5)
    --workloads W,…   of ${Object.keys(WORKLOADS).join(', ')} (default serial,burst)
    --json FILE       everything as JSON too

A contestant: {"name", "flags": [], "nodeOptions": "", "node": "22|24|26", "environment": {}, "bundle": "path" or "checkout": "git ref",
"edits": [{"file", "find", "replace"}]}. All but the name may be left out: then it is as the installation has it. Edits change the sources before they are bundled.
`;

/** Whether the arguments of `npm run bench` ask for it. */
export const isComparison = (args: readonly string[]): boolean => args.some((arg) => arg === '--ab' || arg.startsWith('--ab='));

/** `npm run bench -- --ab`. Throws an error whose message says what to do for arguments that are none. */
export async function compare(args: readonly string[]): Promise<void> {
  const option = { type: 'string' } as const;
  const options = { ab: option, rounds: option, workloads: option, json: option };
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const files = [...(values.ab === undefined ? [] : [values.ab]), ...positionals];
  if (files.length < 2) throw new UserError(`--ab ${files.join(' ')}: expected the files of two contestants or more; --help explains`);
  const contestants = files.map(readContestant);
  const twice = contestants.find(({ name }, at) => contestants.findIndex((other) => other.name === name) !== at);
  if (twice) throw new UserError(`--ab ${files.join(' ')}: two contestants are called ${JSON.stringify(twice.name)}; the tables could not tell them apart`);
  const plan: Plan = { contestants, rounds: roundsOf(values.rounds, 5), workloads: workloadsOf(values.workloads ?? 'serial,burst') };
  bundle();
  const match = await play(plan);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(match, undefined, 1)}\n`);
  process.stdout.write(`${reportOf(match)}\n`);
}

/** Throws for what is no whole number from 1 on. */
export function roundsOf(text: string | undefined, usual: number): number {
  const rounds = Number(text ?? usual);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new UserError(`--rounds ${text}: expected a whole number from 1 on; --help explains`);
  return rounds;
}

/** Throws for a name that is none, with the nearest. */
export function workloadsOf(text: string): readonly WorkloadName[] {
  const known = Object.keys(WORKLOADS);
  return text.split(',').map((name) => {
    if (isWorkload(name)) return name;
    const near = nearest(name, known);
    throw new UserError(
      `--workloads ${text}: ${JSON.stringify(name)} is no workload${near === undefined ? '' : `, did you mean ${near}?`}; known are ${known.join(', ')}`,
    );
  });
}

const isWorkload = (name: string): name is WorkloadName => Object.hasOwn(WORKLOADS, name);
