import type { Condition } from '../../src/controllers/shared/objects';
import type { KubeObject } from '../../src/runtime/object';

/** An object whose conditions are followed. */
export interface Followed extends KubeObject {
  readonly kind?: string;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export const isReady = ({ status }: Followed): boolean => status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

export const titleOf = ({ kind, metadata: { namespace, name } }: Followed): string => `${kind} ${namespace}/${name}`;

/** One line for each object and, below it, one for each of its conditions, in columns. Ready, which sums up the others, comes last. */
export function tableOf(objects: readonly Followed[]): readonly string[] {
  const rows = objects.flatMap((object) => {
    const conditions = [...(object.status?.conditions ?? [])].sort((a, b) => Number(a.type === 'Ready') - Number(b.type === 'Ready'));
    return [[titleOf(object)], ...conditions.map(({ type, status, reason, message }) => [`  ${type}`, status, reason, message])];
  });
  const widthOf = (column: number): number => Math.max(0, ...rows.filter((row) => row.length > 1).map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => (row.length > 1 ? cell.padEnd(widthOf(column)) : cell))
      .join('  ')
      .trimEnd(),
  );
}
