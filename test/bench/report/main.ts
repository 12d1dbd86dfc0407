import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sentenceOf } from './budgets';
import { resultsOf, writeReport } from './write';

const HELP = `Tables and plots of results that are stored, without measuring again.

  npm run bench:report
  npm run bench:report -- docs/performance/results.json

Writes them beside the file, and into the page of the folder's name. The exit code is 1 when a budget is broken.
`;

const STORED = 'docs/performance/results.json';

function main([file = STORED]: readonly string[]): number {
  if (file === '--help' || file === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  const broken = writeReport(resultsOf(readFileSync(file, 'utf8')), dirname(file));
  for (const one of broken) process.stderr.write(`${sentenceOf(one)}\n`);
  return broken.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
