import type { WrittenThrough } from '../../runtime/apply';
import { keyText, type Key, type KubeObject } from '../../runtime/object';
import type { Outcome, Rejected } from '../../runtime/outcome';
import type { Allocator } from './allocator';
import type { Asking } from './stock';

/**
 * A cache through which the pool controller writes Sandboxes. A member that is promised to a claim is refused at once; any other is withdrawn before the
 * request is sent (spec 08 §2.3) and comes back if it is still in stock when it is known what is stored.
 */
export const withdrawing = (allocator: Allocator, cache: WrittenThrough): WrittenThrough => ({
  refresh: (key) => cache.refresh(key),
  findSettling: (key) => cache.findSettling(key),
  write: async <O extends Outcome<KubeObject | undefined>>(key: Key, writer: string, send: () => Promise<O>): Promise<O> => {
    const claim = allocator.withdraw(key);
    // A refusal is an outcome of every write.
    if (claim) return promisedTo(claim) as O;
    const outcome = await cache.write(key, writer, send);
    allocator.restore(key);
    return outcome;
  },
});

const promisedTo = ({ key }: Asking): Rejected => ({
  ...{ result: 'rejected', status: 409, reason: 'Conflict', causes: [] },
  message: `the member is promised to claim ${keyText(key)}`,
});
