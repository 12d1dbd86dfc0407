import { keyOf, keyText, type Key } from '../../runtime/object';
import type { Sandbox } from '../shared/objects';
import { isBefore } from './by-node';
import type { Member } from './member';
import { Stock, type Asking, type Place, type PoolId, type StockView } from './stock';

/** What a claim is told: its member, that one is on its way, or that there is none for it. */
export type Offer =
  | { readonly result: 'member'; readonly sandbox: Sandbox }
  | { readonly result: 'wait' }
  | { readonly result: 'none'; readonly reason: 'empty_pool' | 'no_ip_in_time' | 'stale' };

export interface Terms {
  readonly pool: PoolId;
  /** What the claim would wait for: a member that is starting, or any that may ever come. */
  readonly waitsFor: 'nothing' | 'starting' | 'any';
  /** Name of the member that was assigned to it before: it is to have this one and no other, if this one may be had (spec 05 §5). */
  readonly assigned?: string;
}

/** A claim that has been promised a member, or waits for one. */
interface Taking {
  readonly asking: Asking;
  readonly stock: Stock;
  readonly place?: Place;
}

/** How the members of one pool stand. */
export interface Count extends PoolId {
  readonly free: number;
  readonly starting: number;
  /** Those that are promised to a claim. */
  readonly reserved: readonly Key[];
  readonly waiting: number;
}

/**
 * Who gets which member: the one piece of memory that the controllers of claims and of pools share (spec 08 §2.2). Everything here happens between two
 * awaits of the one event loop, so a member is never promised twice. It is built from the caches at every start, and nothing but time is lost with it:
 * who has a Sandbox is decided by its controller reference alone.
 */
export class Allocator {
  /** By UID of the pool. */
  private readonly stocks = new Map<string, Stock>();
  /** Where each member is, by its key. */
  private readonly places = new Map<string, Stock>();
  /** By key of the claim. */
  private readonly takings = new Map<string, Taking>();
  /** Claims that wait for a member, in the order in which they get one. */
  private readonly queues = new Map<Stock, Taking[]>();
  private readonly handlers: ((claim: Key) => void)[] = [];

  /** Calls back for a claim that would be offered something else than it was told. */
  public onServed(handler: (claim: Key) => void): void {
    this.handlers.push(handler);
  }

  /** The member that the claim has from now on, or why it has none. Asked again it answers the same until something changes. */
  public offer(asking: Asking, { pool, waitsFor, assigned }: Terms): Offer {
    const stock = this.stockOf(pool);
    const promised = this.findPromised(asking, stock);
    if (promised) return { result: 'member', sandbox: promised.member.sandbox };
    const place = findAssignable(stock, assigned) ?? stock.best();
    if (place) return this.promise({ asking, stock }, place);
    if (waitsFor !== 'nothing' && (this.enqueue({ asking, stock }) < stock.starting || waitsFor === 'any')) return { result: 'wait' };
    this.forget(asking.key);
    return { result: 'none', reason: stock.starting > 0 ? 'no_ip_in_time' : stock.stale > 0 ? 'stale' : 'empty_pool' };
  }

  /** Keeps the member of that name for the claim, if it may be had. */
  public assign(asking: Asking, pool: PoolId, name: string): void {
    const stock = this.stockOf(pool);
    const place = findAssignable(stock, name);
    if (place) this.promise({ asking, stock }, place);
  }

  /** The claim wants no member any more: what it was promised is free again. */
  public release(claim: Key): void {
    const taking = this.forget(claim);
    if (!taking?.place) return;
    taking.stock.mark(taking.place, { reservedFor: undefined });
    this.serve(taking.stock);
  }

  /** A member is there, or has changed. */
  public put(pool: PoolId, member: Member): void {
    const key = keyText(keyOf(member.sandbox));
    const stock = this.stockOf(pool);
    const place = this.placeAt(keyOf(member.sandbox));
    if (place && (place.stock !== stock || place.member.sandbox.metadata.uid !== member.sandbox.metadata.uid)) this.take(key, place);
    this.places.set(key, stock);
    stock.put(member);
    this.serve(stock);
  }

  /** The Sandbox is no member any more: it is gone, or somebody has got it. */
  public remove(sandbox: Sandbox): void {
    const place = this.placeAt(keyOf(sandbox));
    if (place?.member.sandbox.metadata.uid === sandbox.metadata.uid) this.take(keyText(keyOf(sandbox)), place);
  }

  /** What there is in stock of a pool. */
  public stock(pool: PoolId): StockView {
    return this.stockOf(pool);
  }

  /** The pool is gone. Its members go by themselves; its claims find out when they ask again. */
  public drop(poolUid: string): void {
    const stock = this.stocks.get(poolUid);
    this.stocks.delete(poolUid);
    if (stock) this.queues.get(stock)?.forEach((taking) => this.tell(taking));
  }

  /** How every stock stands. */
  public get counts(): readonly Count[] {
    return Array.from(this.stocks.values(), (stock) => {
      const { pool, free, starting, reserved } = stock;
      const { namespace } = pool;
      return { ...pool, free, starting, reserved: reserved.map((name) => ({ namespace, name })), waiting: this.queues.get(stock)?.length ?? 0 };
    });
  }

  /** Takes a member out of stock while somebody changes it, unless it is promised: then answers the claim that it is promised to. */
  public withdraw(key: Key): Asking | undefined {
    const place = this.placeAt(key);
    if (place && !place.reservedFor) place.stock.mark(place, { isWithdrawn: true });
    return place?.reservedFor;
  }

  /** Puts a member back that was withdrawn, if it is still there. */
  public restore(key: Key): void {
    const place = this.placeAt(key);
    if (!place?.isWithdrawn) return;
    place.stock.mark(place, { isWithdrawn: false });
    this.serve(place.stock);
  }

  /** Takes a member out, and the promise of it back. */
  private take(key: string, place: Place): void {
    const { stock, reservedFor } = place;
    if (reservedFor) this.forget(reservedFor.key);
    stock.remove(place);
    this.places.delete(key);
    this.serve(stock);
  }

  private placeAt(key: Key): Place | undefined {
    return this.places.get(keyText(key))?.find(key.name);
  }

  private stockOf(pool: PoolId): Stock {
    const stock = this.stocks.get(pool.uid) ?? new Stock(pool);
    this.stocks.set(pool.uid, stock);
    return stock;
  }

  private findPromised({ key, uid }: Asking, stock: Stock): Place | undefined {
    const taking = this.takings.get(keyText(key));
    if (!taking) return undefined;
    const { asking, place } = taking;
    // Another claim has the name now, it wants another pool, or the member has gone bad.
    const isVoid = asking.uid !== uid || taking.stock !== stock || (place && !isServiceable(place.member));
    if (isVoid) this.release(key);
    return isVoid ? undefined : place;
  }

  private promise({ asking, stock }: Taking, place: Place): Offer {
    this.forget(asking.key);
    this.takings.set(keyText(asking.key), { asking, stock, place });
    stock.mark(place, { reservedFor: asking });
    return { result: 'member', sandbox: place.member.sandbox };
  }

  /** Gives the claim its place in the queue, and says how many are before it. */
  private enqueue(taking: Taking): number {
    const { asking, stock } = taking;
    const queue = this.queues.get(stock) ?? [];
    this.queues.set(stock, queue);
    const known = queue.findIndex(({ asking: { key } }) => keyText(key) === keyText(asking.key));
    if (known >= 0) return known;
    const next = queue.findIndex((other) => isEarlier(asking, other.asking));
    const position = next < 0 ? queue.length : next;
    queue.splice(position, 0, taking);
    this.takings.set(keyText(asking.key), taking);
    const displaced = queue[stock.starting];
    if (displaced && position < stock.starting) this.tell(displaced);
    return position;
  }

  private forget(claim: Key): Taking | undefined {
    const taking = this.takings.get(keyText(claim));
    if (!taking) return undefined;
    this.takings.delete(keyText(claim));
    if (taking.place) return taking;
    const left = this.queues.get(taking.stock)?.filter((other) => other !== taking) ?? [];
    if (left.length > 0) this.queues.set(taking.stock, left);
    else this.queues.delete(taking.stock);
    return taking;
  }

  /** Hands what is free to those who wait, the first first; those for whom too few are starting hear of it. */
  private serve(stock: Stock): void {
    for (;;) {
      const place = stock.best();
      const taking = this.queues.get(stock)?.[0];
      if (!place || !taking) break;
      this.promise(taking, place);
      this.tell(taking);
    }
    this.queues
      .get(stock)
      ?.slice(stock.starting)
      .forEach((taking) => this.tell(taking));
  }

  private tell({ asking }: Taking): void {
    for (const handler of this.handlers) handler(asking.key);
  }
}

/** The member of that name, if a claim may have it: also one that is still starting. */
function findAssignable(stock: Stock, name: string | undefined): Place | undefined {
  const place = name === undefined ? undefined : stock.find(name);
  return place && stock.isInStock(place.member) && isServiceable(place.member) ? place : undefined;
}

const isServiceable = (member: Member): boolean => member.class !== 'unfit' && member.class !== 'stale';

const isEarlier = (one: Asking, other: Asking): boolean =>
  isBefore({ creationTimestamp: one.createdAt, name: one.key.name }, { creationTimestamp: other.createdAt, name: other.key.name });
