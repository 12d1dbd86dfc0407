import type { Process } from '../network/process';
import type { InvariantOf } from './invariant';

// One list brings many changes: what comes while somebody looks at the first of them makes him look once more.
const MOST_LOOKS = 2;

/**
 * Nobody looks again at once at what he has just looked at without writing: under a clock that stands still he would never do anything else. Between two
 * looks at the same thing something reaches the process, or it has written.
 */
export const looksHaveACause: InvariantOf = () => {
  const last = new Map<string, { readonly process: Process; readonly impulses: number; readonly looks: number }>();
  return {
    id: 'spin',
    passed({ process, pass: { controller, key, writes } }) {
      const subject = `${process.name} ${controller} ${key}`;
      const before = last.get(subject);
      if (writes.length > 0) {
        last.delete(subject);
        return undefined;
      }
      const looks = before?.impulses === process.impulses ? before.looks + 1 : 1;
      last.set(subject, { process, impulses: process.impulses, looks });
      return looks > MOST_LOOKS ? `${controller} ${key} was looked at ${looks} times in a row, although nothing had come and nothing was written` : undefined;
    },
  };
};
