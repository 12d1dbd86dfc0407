import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A step of `npm test`. A step with a jest project counts the tests of jest's own report, any other step counts as one test. */
interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly project?: string;
  readonly fast: boolean;
}

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const jest = (project: string, ...extra: string[]): Pick<Step, 'project' | 'command'> => ({
  project,
  command: ['jest', '--selectProjects', project, ...extra],
});

const STEPS: readonly Step[] = [
  { name: 'types', command: ['npm', 'run', '--silent', 'types'], fast: true },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'], fast: false },
  { name: 'lint', command: ['npm', 'run', '--silent', 'lint'], fast: false },
  { name: 'dead exports', command: ['npm', 'run', '--silent', 'dead-exports'], fast: false },
  { name: 'build', command: ['npm', 'run', '--silent', 'build'], fast: false },
  { name: 'unit and property tests', ...jest('fast'), fast: true },
];

async function main(): Promise<void> {
  const fast = process.argv.includes('--fast');
  if (process.argv.includes('--help')) {
    console.log('npm test runs everything; npm run test:fast runs types, unit and property tests.');
    return;
  }
  const reports = mkdtempSync(join(tmpdir(), 'agent-sandbox-test-'));
  const counts: Count[] = [];
  for (const step of STEPS.filter((candidate) => candidate.fast || !fast)) {
    const count = await run(step, join(reports, 'report.json'));
    counts.push(count);
  }
  rmSync(reports, { recursive: true });
  const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
  process.exitCode = sum('failed') > 0 ? 1 : 0;
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
}

async function run(step: Step, report: string): Promise<Count> {
  const started = Date.now();
  const [command = '', ...args] = step.command;
  rmSync(report, { force: true });
  console.log(`== ${step.name}`);
  const code = await exitCode(command, step.project ? [...args, '--json', '--outputFile', report] : args);
  const count = step.project ? jestCount(report, code) : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  console.log(`== ${step.name}: ${count.failed > 0 ? 'FAILED' : 'ok'}, ${count.passed} passed, ${Math.round((Date.now() - started) / 1000)} s`);
  return count;
}

function exitCode(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    // jest --json prints its report on standard output as well; progress comes on standard error.
    const child = spawn(command, args, { stdio: ['ignore', args.includes('--json') ? 'ignore' : 'inherit', 'inherit'] });
    child.on('error', (error) => {
      console.error(`cannot run ${command}: ${error.message}; run npm ci first`);
      resolve(127);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Counts jest's own report; a run that left none, or failed outside a test, counts as one failure. */
function jestCount(report: string, code: number): Count {
  try {
    // The members that jest documents for --json.
    const result = JSON.parse(readFileSync(report, 'utf8')) as Record<
      'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numRuntimeErrorTestSuites',
      number
    >;
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    return { passed: result.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed, skipped: result.numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

void main();
