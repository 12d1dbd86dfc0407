/** A place where two JSON values differ; a side that has nothing there is undefined. */
export interface Difference {
  readonly path: string;
  readonly left: unknown;
  readonly right: unknown;
}

/** What counts as a difference. */
export interface Comparison {
  /**
   * Where members that only the right side has count: everywhere, inside list items (there a tool that takes a list as one value sees them), or nowhere.
   */
  readonly additions: 'everywhere' | 'in lists' | 'nowhere';
  /** Whether two values that are not both lists of one length, or both objects, are the same. */
  equals(left: unknown, right: unknown): boolean;
}

/** Every place where `right` is not what `left` says. */
export function differences(left: unknown, right: unknown, comparison: Comparison, path = ''): readonly Difference[] {
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    const ofItems: Comparison = comparison.additions === 'in lists' ? { ...comparison, additions: 'everywhere' } : comparison;
    return left.flatMap((item, index) => differences(item, right[index], ofItems, `${path}[${index}]`));
  }
  if (isObject(left) && isObject(right)) {
    const keys = comparison.additions === 'everywhere' ? new Set([...Object.keys(left), ...Object.keys(right)]) : Object.keys(left);
    return [...keys].flatMap((key) => differences(left[key], right[key], comparison, path === '' ? key : `${path}.${key}`));
  }
  return comparison.equals(left, right) ? [] : [{ path, left, right }];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
