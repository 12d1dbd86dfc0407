import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;

/** Runs `work` while holding the lock file; waits for a living holder and takes over from a dead one. */
export async function withLock<T>(file: string, onWait: (holderPid: number) => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, started: startTimeOf(process.pid), id: randomUUID() });
  while (!tryCreate(file, mine)) {
    const holder = readIfThere(file);
    if (holder === undefined) continue;
    const pid = livingPidOf(holder);
    if (pid === undefined) {
      takeAway(file, holder);
    } else {
      onWait(pid);
      await delay(POLL_MS);
    }
  }
  try {
    return await work();
  } finally {
    if (readIfThere(file) === mine) rmSync(file, { force: true });
  }
}

/** A link appears with its whole content, so nobody ever reads a half-written lock. */
function tryCreate(file: string, content: string): boolean {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Removes a dead holder's lock. When another process was faster, the file taken away is that process's own and goes back. Between the two moves a third may
 * start as well: the work under this lock is safe to do twice (it ends in a rename), only slower.
 */
function takeAway(file: string, deadHolder: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (readIfThere(aside) !== deadHolder && !existsSync(file)) renameSync(aside, file);
  rmSync(aside, { force: true });
}

/** The holder's pid if that very process still runs: a zombie, or another process with the same number, does not count. */
function livingPidOf(holder: string): number | undefined {
  let record: unknown;
  try {
    record = JSON.parse(holder);
  } catch {
    return undefined;
  }
  if (typeof record !== 'object' || record === null || !('pid' in record) || typeof record.pid !== 'number') return undefined;
  const started = 'started' in record ? record.started : undefined;
  if (existsSync('/proc/self/stat')) {
    const now = startTimeOf(record.pid);
    return now !== '' && now === started ? record.pid : undefined;
  }
  try {
    process.kill(record.pid, 0);
    return record.pid;
  } catch (error) {
    return codeOf(error) === 'EPERM' ? record.pid : undefined;
  }
}

/** Start time in ticks since boot, which tells processes with a reused pid apart; empty for one that has ended and where there is no /proc. */
function startTimeOf(pid: number): string {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may contain anything, so counting starts behind it, at the state.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // ESRCH: the process ended between opening and reading its file in /proc.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  // Not `instanceof Error`: inside a Jest test file the errors of node:fs are of another realm.
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
