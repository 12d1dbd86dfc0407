import { readFileSync, writeFileSync } from 'node:fs';

// Of Linux, on every architecture that Node.js runs on.
const TICKS_PER_SECOND = 100;

/** User and system time of a process and all its threads, in milliseconds (proc(5): fields 14 and 15). */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is a name in parentheses and may contain anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** What a process holds in memory now, and the most that it has held since `forgetPeak`, in megabytes. */
export function memoryMbOf(pid: number): { readonly rss: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number => (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return { rss: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

/** Lets the peak of a process begin anew (proc(5): clear_refs, 5). */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');
