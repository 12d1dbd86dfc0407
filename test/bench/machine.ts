import { cpus, loadavg } from 'node:os';

/** How many processors there are, and which. */
export const processors = (): string => `${cpus().length} processors (${cpus()[0]?.model.trim()})`;

/** What stands beside figures of this machine; to be asked for when everything is measured. */
export function machineLine(loadBefore: number, flags: readonly string[]): string {
  const further = flags.length > 0 ? `; further flags: \`${flags.join(' ')}\`` : '';
  const load = [loadBefore, loadNow()].map((one) => one.toFixed(1)).join(' before and ');
  return `${processors()}, Node.js ${process.version}${further}; load average ${load} after.`;
}

/** Of the last minute. */
export const loadNow = (): number => loadavg()[0] ?? 0;
