const WIDTH = 40;

/** One value as a line of a diagram. */
export interface Bar {
  readonly label: string;
  readonly ms: number;
}

/** A line for each value, with a bar that is as long as its part of the greatest. */
export function bars(values: readonly Bar[]): readonly string[] {
  const longest = Math.max(...values.map(({ ms }) => ms));
  const width = Math.max(...values.map(({ label }) => label.length));
  return values.map(
    ({ label, ms }) => `  ${label.padEnd(width)} ${`${ms.toFixed(1)} ms`.padStart(9)}  ${'█'.repeat(Math.max(1, Math.round((ms / longest) * WIDTH)))}`,
  );
}

/** A write as the API server's audit log has it. */
export interface Write {
  readonly verb: string;
  readonly resource: string;
  readonly name: string;
}

/**
 * How many writes each of so many claims took, by sort: those of the named objects. The most frequent first. What was written of a member before it passed to
 * its claim is a part of filling the pool, also where that member is a successor that was claimed at once.
 */
export function writesPerClaim(writes: readonly Write[], names: ReadonlySet<string>, claims: number): string {
  const isTransfer = ({ verb, resource }: Write): boolean => verb === 'patch' && resource === 'sandboxes';
  const transferOf = (name: string): number => writes.findIndex((write) => isTransfer(write) && write.name === name);
  const counts = new Map<string, number>();
  for (const [index, { verb, resource, name }] of writes.entries())
    if (names.has(name) && index >= transferOf(name)) counts.set(`${verb} ${resource}`, (counts.get(`${verb} ${resource}`) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([write, count]) => `${(count / claims).toFixed(2)} ${write}`)
    .join(', ');
}
