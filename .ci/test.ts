import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closingLine, ofExitCode, ofJestReport, type Count } from './count';

const HELP = `npm test            runs every step, also after one has failed; the last line counts the tests
npm run test:fast   only types, format and the tests that need neither the network nor a server

Each step that is no test runner counts as one test.`;

/** A step of `npm test`. */
interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether the step counts the tests of jest's own report. */
  readonly jest?: boolean;
  /** Whether `npm run test:fast` runs it. */
  readonly fast?: boolean;
}

const STEPS: readonly Step[] = [
  // These two answer in the first second what would otherwise be found out after minutes.
  { name: 'prerequisites of the cluster tests', command: ['tsx', 'test/cluster/main.ts', 'check'] },
  { name: 'prerequisites of the package tests', command: ['tsx', 'test/package/python.ts'] },
  { name: 'types', command: ['npm', 'run', '--silent', 'types'], fast: true },
  { name: 'format', command: ['prettier', '--check', '--cache', '--log-level', 'warn', '.'], fast: true },
  { name: 'lint', command: ['npm', 'run', '--silent', 'lint'] },
  { name: 'dead exports', command: ['npm', 'run', '--silent', 'dead-exports'] },
  { name: 'build and example stack', command: ['npm', 'run', '--silent', 'synth'] },
  { name: 'bundle', command: ['npm', 'run', '--silent', 'bundle'] },
  // Keeps what it downloads and compresses; without that it takes two minutes, and then a quarter of one.
  { name: 'digests of the image', command: ['npm', 'run', '--silent', 'image', '--', '--check'] },
  { name: 'fast tests', command: ['jest', '--selectProjects', 'fast', '--maxWorkers=100%'], jest: true, fast: true },
  { name: 'histories of Sandboxes', command: ['npm', 'run', '--silent', 'sim', '--', '--seeds', '5000'] },
  { name: 'histories of templates', command: ['npm', 'run', '--silent', 'sim', '--', '--program', 'template', '--seeds', '5000'] },
  { name: 'histories of elected leaders', command: ['npm', 'run', '--silent', 'sim', '--', '--leaders', '2', '--elected', '--seeds', '1000'] },
  { name: 'histories of claims', command: ['npm', 'run', '--silent', 'sim', '--', '--program', 'claims', '--seeds', '20000', '--workers', '2'] },
  { name: 'histories of claims and two leaders', command: ['npm', 'run', '--silent', 'sim', '--', '--program', 'claims', '--leaders', '2', '--seeds', '500'] },
  { name: 'protocol of claims', command: ['jest', '--selectProjects', 'protocol'], jest: true },
  { name: 'package tests', command: ['jest', '--selectProjects', 'package'], jest: true },
  { name: 'cluster tests', command: ['jest', '--selectProjects', 'cluster'], jest: true },
  { name: 'controllers tests', command: ['jest', '--selectProjects', 'controllers'], jest: true },
  // Without root and containerd it fails and says what to install.
  { name: 'tests on a real node', command: ['tsx', 'test/node/main.ts', 'test'], jest: true },
];

async function main(args: readonly string[]): Promise<void> {
  const unknown = args.find((arg) => !['--fast', '--help'].includes(arg));
  if (unknown !== undefined || args.includes('--help')) {
    console.log(unknown === undefined ? HELP : `unknown option ${unknown}\n\n${HELP}`);
    process.exitCode = unknown === undefined ? 0 : 2;
    return;
  }
  const counts: Count[] = [];
  for (const step of STEPS.filter((candidate) => candidate.fast === true || !args.includes('--fast'))) counts.push(await run(step));
  process.exitCode = counts.some((count) => count.failed > 0) ? 1 : 0;
  console.log(closingLine(counts));
}

async function run(step: Step): Promise<Count> {
  const started = Date.now();
  console.log(`== ${step.name}`);
  const count = step.jest === true ? await jest(step.command) : ofExitCode(await exitCode(step.command, 'inherit'));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`== ${step.name}: ${count.failed > 0 ? 'FAILED' : 'ok'} after ${seconds} s (${closingLine([count])})`);
  return count;
}

async function jest(command: readonly string[]): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-test-'));
  const report = join(folder, 'report.json');
  try {
    // With --json jest prints the report on standard output too; its progress comes on standard error.
    const code = await exitCode([...command, '--json', '--outputFile', report], 'ignore');
    return ofJestReport(textOf(report), code);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function exitCode([command = '', ...args]: readonly string[], output: 'inherit' | 'ignore'): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', output, 'inherit'] });
    child.on('error', (error) => {
      console.error(`cannot run ${command}: ${error.message}; run npm ci first`);
      resolve(127);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

void main(process.argv.slice(2));
