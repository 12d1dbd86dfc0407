import { spawnSync } from 'node:child_process';
import { ROOT } from './consumer';

/** Makes the package once for all test files, from sources that are compiled afresh. */
export default function setup(): void {
  const { status, stdout, stderr, error } = spawnSync('npm', ['run', '--silent', 'package'], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run package failed: ${error?.message ?? `${stdout}${stderr}`}`);
}
