import { spawnSync } from 'node:child_process';

/** What the generated package asks for (`python_requires`). */
const OLDEST = [3, 10] as const;
const ASK = 'import sys, venv, ensurepip; print(*sys.version_info[:2])';

/** Something that the user has to install; its message is the whole explanation. */
export class MissingPythonError extends Error {
  public constructor(problem: string) {
    super(
      [
        'The tests install the generated Python package and need Python 3.10 or newer with venv and pip. Missing:',
        `  - ${problem}`,
        'Install Python from https://www.python.org/downloads, or by the package manager: apt-get install python3 python3-venv python3-pip.',
      ].join('\n'),
    );
  }
}

/** Throws a MissingPythonError unless there is a `python3` on the PATH that can make a virtual environment with pip. */
export function checkPython(environment: NodeJS.ProcessEnv = process.env): void {
  const problem = pythonProblem(environment);
  if (problem !== undefined) throw new MissingPythonError(problem);
}

function pythonProblem(environment: NodeJS.ProcessEnv): string | undefined {
  const { error, status, stdout, stderr } = spawnSync('python3', ['-c', ASK], { env: environment, encoding: 'utf8' });
  if (error !== undefined) return 'no `python3` on the PATH';
  if (status !== 0) return stderr.trim().split('\n').at(-1) ?? `python3 failed with exit code ${String(status)}`;
  const [major = 0, minor = 0] = stdout.trim().split(' ').map(Number);
  return major > OLDEST[0] || minor >= OLDEST[1] ? undefined : `found Python ${major}.${minor}`;
}

if (require.main === module) {
  try {
    checkPython();
  } catch (error) {
    console.error(error instanceof MissingPythonError ? error.message : error);
    process.exitCode = 1;
  }
}
