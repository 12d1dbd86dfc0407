import type { WrittenThrough } from '../../runtime/apply';
import { keyText, type Key, type KubeObject } from '../../runtime/object';
import type { Outcome, Rejected } from '../../runtime/outcome';
import type { Allocator } from './allocator';
import type { Asking } from './stock';

/**
 * A cache through which the pool controller writes Sandboxes. A member that is promised to a claim is refused at once; any other is withdrawn before the
 * request is sent (spec 08 §2.3) and comes back when an answer leaves it in stock: after an unknown outcome only a read does.
 */
export function withdrawing(allocator: Allocator, cache: WrittenThrough): WrittenThrough {
  const settle = (key: Key, { result }: Outcome<unknown>): void => {
    if (result !== 'unknown') allocator.restore(key);
  };
  return {
    write: async <O extends Outcome<KubeObject | undefined>>(key: Key, writer: string, send: () => Promise<O>): Promise<O> => {
      const claim = allocator.withdraw(key);
      // A refusal is an outcome of every write.
      if (claim) return promisedTo(claim) as O;
      const outcome = await cache.write(key, writer, send);
      settle(key, outcome);
      return outcome;
    },
    refresh: async (key) => {
      const outcome = await cache.refresh(key);
      settle(key, outcome);
      return outcome;
    },
  };
}

const promisedTo = ({ key }: Asking): Rejected => ({
  ...{ result: 'rejected', status: 409, reason: 'Conflict', causes: [] },
  message: `the member is promised to claim ${keyText(key)}`,
});
