import { readFileSync, writeFileSync } from 'node:fs';
import { resultsOf } from '../report/write';
import { pageOf } from './page';

const HELP = `What 1,000 claims a second, 100,000 Sandboxes and ten clusters need, computed from the results that are stored.

  npm run bench:scale
  npm run bench:scale -- docs/performance/results.json

Writes the tables of docs/scale.md.
`;

const [STORED, PAGE] = ['docs/performance/results.json', 'docs/scale.md'];

function main([file = STORED]: readonly string[]): void {
  if (file === '--help' || file === '-h') return void process.stdout.write(HELP);
  writeFileSync(PAGE, pageOf(readFileSync(PAGE, 'utf8'), resultsOf(readFileSync(file, 'utf8'))));
}

main(process.argv.slice(2));
