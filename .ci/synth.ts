import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableOf } from './synth-table';

const OUTPUT = 'dist';

/** `npm run synth`: builds, synthesizes the example stack into dist/ and says what came out. */
function main(): void {
  for (const [label, command, ...args] of [
    ['building', 'npm', 'run', '--silent', 'build'],
    ['synthesizing the example stack', 'cdk8s', 'synth', '--check-upgrade=false'],
  ] as const) {
    console.log(`${label} ...`);
    const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) {
      console.error(`${label} failed: ${command} ${args.join(' ')}`);
      process.exitCode = status ?? 1;
      return;
    }
  }
  const files = readdirSync(OUTPUT).sort();
  console.log(tableOf(files.map((file) => ({ file: `${OUTPUT}/${file}`, text: readFileSync(join(OUTPUT, file), 'utf8') }))));
}

main();
