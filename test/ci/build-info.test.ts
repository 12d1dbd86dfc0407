import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildOf } from '../../.ci/build-info';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'build-info-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function git(...args: readonly string[]): string {
  const who = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
  const env = { ...process.env, ...who, GIT_COMMITTER_DATE: '2026-01-02T03:04:05+02:00' };
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8', env }).trim();
}

test('a build is the last commit that changed its files and its date in UTC, and says when the files are not those of the commit', () => {
  git('init', '--quiet');
  writeFileSync(join(folder, 'file'), 'one');
  git('add', 'file');
  git('commit', '--quiet', '--message', 'one');
  const commit = git('rev-parse', 'HEAD');
  expect(buildOf(folder, ['file'])).toEqual({ commit, date: '2026-01-02T01:04:05Z' });
  writeFileSync(join(folder, 'other'), 'not of git');
  expect(buildOf(folder, ['file'])).toEqual({ commit, date: '2026-01-02T01:04:05Z' });
  git('add', 'other');
  git('commit', '--quiet', '--message', 'other');
  expect(buildOf(folder, ['file'])).toEqual({ commit, date: '2026-01-02T01:04:05Z' });
  writeFileSync(join(folder, 'file'), 'two');
  expect(buildOf(folder, ['file'])).toEqual({ commit: `${commit}-dirty`, date: '2026-01-02T01:04:05Z' });
});

test('without git, or before the first commit, a build is unknown', () => {
  expect(buildOf(folder, ['file'])).toEqual({ commit: 'unknown', date: 'unknown' });
  git('init', '--quiet');
  expect(buildOf(folder, ['file'])).toEqual({ commit: 'unknown', date: 'unknown' });
});
