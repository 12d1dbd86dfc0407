import type { Clock } from '../../runtime/clock';
import type { Allocator } from '../members/allocator';
import type { PoolId } from '../members/stock';
import { extensionsOf, type Informers } from '../shared/informers';
import { verdictOn } from './health';
import { overdueOf, type Settings } from './observe';

interface Sources {
  readonly informers: Informers;
  readonly allocator: Pick<Allocator, 'stock'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** How many members of a pool are held and not replaced (spec 06 §6), for the metrics: of those that claims could wait for. Throws without the informers of the extensions. */
export function heldIn(id: PoolId, { informers, allocator, clock }: Sources, settings: Settings): number {
  const { pools, templates } = extensionsOf(informers);
  const pool = pools.cache.find(id);
  if (pool?.metadata.uid !== id.uid) return 0;
  const template = templates.cache.find({ ...id, name: pool.spec.sandboxTemplateRef.name });
  const stock = allocator.stock(id);
  const overdue = overdueOf({ pool, settings, stock, nowMs: clock.nowMs() }, ({ metadata }) => informers.pods.cache.by('owner', metadata.uid)[0]);
  return overdue.filter((each) => each.member.class === 'starting' && stock.isInStock(each.member) && verdictOn(each, template) === 'held').length;
}
