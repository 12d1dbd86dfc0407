import { findControllerOf, keyOf } from '../../runtime/object';
import { findFailure } from '../../runtime/plan';
import type { Allocator } from '../members/allocator';
import type { Informers } from '../shared/informers';
import type { Sandbox } from '../shared/objects';
import { refusedForMs, type Remembered } from './memory';
import { desiredOf, populationOf, type Settings } from './observe';
import { granted, heldForMs, isNearlyEmpty, nextBatch, nextTokenMs } from './pacing';

/** How many members to create now; 0 with the time to wait, if only time is in the way. */
export interface Growth {
  readonly count: number;
  readonly waitMs?: number;
}

const NONE: Growth = { count: 0 };

/** What spec 06 §8 allows now. */
export function growthOf(observed: Remembered): Growth {
  const { pool, template, stock, protection, memory, settings, names, monotonicMs: nowMs } = observed;
  const deficit = desiredOf(pool) - populationOf(stock);
  if (deficit <= 0 || !template) return NONE;
  const refusedMs = refusedForMs(memory.refusal, nowMs);
  if (refusedMs > 0) return { count: 0, waitMs: refusedMs };
  if (findFailure(observed, 'create')) return NONE;
  if (protection.is === 'awaited') return { count: 0, waitMs: protection.againMs };
  const heldMs = heldForMs(memory.hold, nowMs);
  if (heldMs > 0 && !isStockLow(observed)) return { count: 0, waitMs: heldMs };
  const batch = nextBatch(memory.run, 'create', settings.maxBatchSize);
  // The rest is for the next pass, so that other pools have their turn.
  if (batch === 0) return { count: 0, waitMs: 0 };
  const count = granted(Math.min(deficit, batch, names.length), memory.tokens, settings.maxRefillRate);
  return count > 0 ? { count } : { count: 0, waitMs: nextTokenMs(memory.tokens, settings.maxRefillRate) };
}

/** Whether hardly anything is left to claim. */
export const isStockLow = ({ pool, stock, settings }: Pick<Remembered, 'pool' | 'stock' | 'settings'>): boolean =>
  isNearlyEmpty(stock.free, desiredOf(pool), settings.refillMinFreePercent);

/** Whether a Sandbox is stock of a pool of which hardly anything is left to claim. */
export function isOfLowStock(
  sandbox: Sandbox,
  { informers, allocator }: { readonly informers: Informers; readonly allocator: Allocator },
  settings: Settings,
): boolean {
  const owner = findControllerOf(sandbox);
  const key = { ...keyOf(sandbox), name: owner?.name ?? '' };
  const pool = informers.extensions?.pools.cache.find(key);
  return pool !== undefined && pool.metadata.uid === owner?.uid && isStockLow({ pool, settings, stock: allocator.stock({ ...key, uid: owner.uid }) });
}
