import { spawnSync } from 'node:child_process';
import type { Build } from '../src/controllers/shared/metrics';

/**
 * The last commit that changed some paths of a checkout and when it was made, which is the same for whoever builds it, whenever. `-dirty`
 * says that committed files were changed since. Both are `unknown` where there is no git.
 */
export function buildOf(folder: string, paths: readonly string[]): Build {
  const head = git(folder, 'log', '-1', '--format=%H %cd', '--date=format-local:%Y-%m-%dT%H:%M:%SZ', '--', ...paths);
  const [commit, date] = head?.split(' ') ?? [];
  if (commit === undefined || date === undefined) return { commit: 'unknown', date: 'unknown' };
  const isDirty = git(folder, 'status', '--porcelain', '--untracked-files=no', '--', ...paths) !== '';
  return { commit: isDirty ? `${commit}-dirty` : commit, date };
}

function git(folder: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: folder, encoding: 'utf8', env: { ...process.env, TZ: 'UTC0' } });
  return status === 0 ? stdout.trim() : undefined;
}
