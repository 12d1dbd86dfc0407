import { spawnSync } from 'node:child_process';

/** Pids by parent of every process that runs, but for the `ps` that looks; a zombie has ended. */
function processes(): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  const ps = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  for (const line of ps.stdout.trim().split('\n')) {
    const [pid, parent, state] = line.trim().split(/\s+/);
    if (!state?.startsWith('Z') && Number(pid) !== ps.pid) children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(pid)]);
  }
  return children;
}

/** The processes that a process has started, and those that they have started. */
export function descendantsOf(pid: number): readonly number[] {
  const all = processes();
  const below = (parent: number): number[] => (all.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/** Their command lines, one a line. */
export function commandsOf(pids: readonly number[]): string {
  return spawnSync('ps', ['-ww', '-o', 'args=', '-p', pids.join(',')], { encoding: 'utf8' }).stdout;
}

/** Those that still run. */
export function running(pids: readonly number[]): readonly number[] {
  const all = [...processes().values()].flat();
  return pids.filter((pid) => all.includes(pid));
}
