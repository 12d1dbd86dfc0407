import { LABELS } from '../../api/keys';
import type { Key } from '../../runtime/object';
import { ByNode } from './by-node';
import { Heap } from './heap';
import type { Member, MemberClass } from './member';

/** Names a pool. */
export interface PoolId {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

/** A claim that wants a member. */
export interface Asking {
  readonly key: Key;
  readonly uid: string;
  /** `metadata.creationTimestamp`. */
  readonly createdAt: string;
}

/** A member and what is being done with it. */
export interface Place {
  member: Member;
  /** When it was created, wall clock: claims get the oldest first. */
  readonly bornMs: number;
  readonly stock: Stock;
  /** The claim that it is promised to. */
  reservedFor?: Asking;
  /** The pool controller is changing or deleting it. */
  isWithdrawn: boolean;
}

/** What the pool controller may know of a stock. */
export interface StockView {
  /** Members that do not terminate. */
  readonly active: number;
  readonly terminating: number;
  /** Active members that are Ready. */
  readonly ready: number;
  /** Members that a claim could take now. */
  readonly free: number;
  /** The active member that has not been Ready for longest. */
  readonly longestUnready: Member | undefined;
  /** Active members that are not Ready, in no particular order. */
  readonly unready: Iterable<Member>;
  /** All of them, terminating ones too. */
  readonly members: Iterable<Member>;
  /** Active members without `launch-type: warm`. */
  readonly unlabelled: Iterable<Member>;
  /** Active members by the template that they were made of: `<sandbox-template-ref-hash>/<sandbox-template-hash>/<dnsPolicy>`, the last of which is a secure default. */
  readonly versions: ReadonlyMap<string, ReadonlySet<Member>>;
  /** Whether it is promised to nobody and nobody is changing it. */
  isInStock(member: Member): boolean;
}

type Takeable = 'ready' | 'unready';

/** The members of one pool: counted, and in the order in which claims get them (spec 05 §6.2). Every change costs O(log n). */
export class Stock implements StockView {
  public active = 0;
  public terminating = 0;
  public ready = 0;
  /** Those that a claim would wait for. */
  public starting = 0;
  /** Those that no claim gets any more, because the template has changed. */
  public stale = 0;
  public readonly unready = new Heap<Member>((one, other) => one.unreadySinceMs < other.unreadySinceMs);
  public readonly unlabelled = new Set<Member>();
  public readonly versions = new Map<string, Set<Member>>();
  /** By name. */
  private readonly places = new Map<string, Place>();
  private readonly takeable: Readonly<Record<Takeable, ByNode>> = { ready: new ByNode(), unready: new ByNode() };

  /** `pool` is the pool that the members belong to. */
  public constructor(public readonly pool: PoolId) {}

  public get free(): number {
    return this.takeable.ready.size + this.takeable.unready.size;
  }

  public get size(): number {
    return this.places.size;
  }

  public get longestUnready(): Member | undefined {
    return this.unready.first;
  }

  public get members(): Iterable<Member> {
    return Array.from(this.places.values(), ({ member }) => member);
  }

  /** Names of those that are promised to a claim. */
  public get reserved(): readonly string[] {
    return [...this.places].flatMap(([name, { reservedFor }]) => (reservedFor ? [name] : []));
  }

  public isInStock({ sandbox }: Member): boolean {
    const place = this.find(sandbox.metadata.name);
    return place !== undefined && isAvailable(place);
  }

  public find(name: string): Place | undefined {
    return this.places.get(name);
  }

  /** The member that the next claim gets. */
  public best(): Place | undefined {
    return this.takeable.ready.best() ?? this.takeable.unready.best();
  }

  public put(member: Member): void {
    const { name, uid, creationTimestamp } = member.sandbox.metadata;
    const known = this.find(name);
    const isSame = known?.member.sandbox.metadata.uid === uid;
    if (known) this.tally(known, false);
    const place = known && isSame ? known : { member, bornMs: Date.parse(creationTimestamp), stock: this, isWithdrawn: false };
    place.member = member;
    this.places.set(name, place);
    this.tally(place, true);
  }

  public remove({ member }: Place): void {
    const { name } = member.sandbox.metadata;
    const place = this.find(name);
    if (!place) return;
    this.tally(place, false);
    this.places.delete(name);
  }

  /** Changes who may have it. */
  public mark(place: Place, change: { readonly reservedFor?: Asking | undefined; readonly isWithdrawn?: boolean }): void {
    this.offer(place, false);
    Object.assign(place, change);
    this.offer(place, true);
  }

  /** Takes it into every count and order that it belongs to, or out of them: what it is, and whether it may be had. */
  private tally(place: Place, isIn: boolean): void {
    const { member } = place;
    const by = isIn ? 1 : -1;
    if (member.isTerminating) {
      this.terminating += by;
      return;
    }
    this.active += by;
    if (member.isReady) this.ready += by;
    else if (isIn) this.unready.add(member);
    else this.unready.remove(member);
    if (member.sandbox.metadata.labels?.[LABELS.launchType] !== 'warm') toggle(this.unlabelled, member, isIn);
    const version = versionOf(member.sandbox);
    const group = this.versions.get(version) ?? new Set<Member>();
    toggle(group, member, isIn);
    if (group.size > 0) this.versions.set(version, group);
    else this.versions.delete(version);
    this.offer(place, isIn);
  }

  /** Apart from the rest, because a claim that takes a member changes only this: what costs more in a large pool must not be paid for each claim. */
  private offer(place: Place, isIn: boolean): void {
    const { member } = place;
    const by = isIn ? 1 : -1;
    if (member.isTerminating || !isAvailable(place)) return;
    if (member.class === 'starting') this.starting += by;
    if (member.class === 'stale') this.stale += by;
    if (!isTakeable(member.class)) return;
    if (isIn) this.takeable[member.class].add(place);
    else this.takeable[member.class].remove(place);
  }
}

const toggle = <T>(set: Set<T>, item: T, isIn: boolean): unknown => (isIn ? set.add(item) : set.delete(item));

const isAvailable = ({ reservedFor, isWithdrawn }: Place): boolean => reservedFor === undefined && !isWithdrawn;

const isTakeable = (memberClass: MemberClass): memberClass is Takeable => memberClass === 'ready' || memberClass === 'unready';

const versionOf = ({ metadata: { labels = {} }, spec }: Member['sandbox']): string =>
  [labels[LABELS.templateRefHash], labels[LABELS.templateHash], spec.podTemplate.spec.dnsPolicy].map((part = '') => part).join('/');
