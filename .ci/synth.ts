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
    const { status, stdout, error } = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
    if (status !== 0) {
      // jsii writes the mistakes that it finds on standard output.
      console.error(`${stdout ?? ''}${label} failed: ${command} ${args.join(' ')}${error === undefined ? '' : `: ${error.message}`}`);
      process.exitCode = status ?? 1;
      return;
    }
  }
  // An app may write one folder per chart.
  const files = readdirSync(OUTPUT, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  console.log(tableOf(paths.map((path) => ({ file: path, text: readFileSync(path, 'utf8') }))));
}

main();
