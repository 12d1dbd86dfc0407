import type { Clock } from './clock';
import type { ObjectMeta } from './object';

/** A request of ours about one object that is on its way: a write, or a read past the cache. */
export interface Flight {
  /** Which incarnation of the object the cache had when it began. */
  readonly uid: string | undefined;
  readonly begin: number;
  /** What the watch has delivered of the object, last before it began and meanwhile. */
  readonly delivered: Set<string>;
  /** The whole state was read meanwhile. */
  isOvertaken: boolean;
}

/** An answer that the watch has not delivered yet. */
interface Wait {
  readonly writer: string | undefined;
  readonly at: number;
  readonly stopTimer: () => void;
}

// Spec 08 §2.4.
const LONGEST_WAIT_MS = 60_000;

/**
 * Remembers which of our own answers the watch still owes us (spec 08 §2.4). Moments are numbered: what was answered before
 * the whole state was asked for is in that state. resourceVersions are compared for equality only.
 */
export class OwnWrites {
  private moment = 0;
  private readonly flights = new Map<string, Set<Flight>>();
  private readonly waits = new Map<string, Map<string, Wait>>();
  /** UIDs that we know to be gone before the watch has said so. None ever comes back. */
  private readonly departed = new Set<string>();

  constructor(
    private readonly clock: Clock,
    private readonly overdue: (key: string) => void,
  ) {}

  /** The number of this moment. */
  public now(): number {
    return this.moment;
  }

  public takeOff(key: string, known: ObjectMeta | undefined): Flight {
    const isDelivered = known !== undefined && !this.isWaiting(key);
    const flight: Flight = { uid: known?.uid, begin: this.moment, delivered: new Set(isDelivered ? [versionOf(known)] : []), isOvertaken: false };
    const others = this.flights.get(key) ?? new Set<Flight>();
    this.flights.set(key, others.add(flight));
    return flight;
  }

  public land(key: string, flight: Flight): void {
    const flights = this.flights.get(key);
    flights?.delete(flight);
    if (flights?.size === 0) this.flights.delete(key);
  }

  /** The watch has delivered this version: an answer that brings it later is old. */
  public delivered(key: string, version: string): void {
    for (const flight of this.flights.get(key) ?? []) flight.delivered.add(version);
  }

  /** The whole state has come. */
  public overtake(): void {
    for (const flights of this.flights.values()) for (const flight of flights) flight.isOvertaken = true;
  }

  /** Whether the watch owes us an answer about this object. */
  public isWaiting(key: string): boolean {
    return this.waits.has(key);
  }

  /** Whether another answer has come while this request was on its way. */
  public isCrossed(key: string, { begin }: Flight): boolean {
    return [...(this.waits.get(key)?.values() ?? [])].some(({ at }) => at > begin);
  }

  /** An answer has come that the watch has not delivered. It stands for all that came before its flight. */
  public wait(key: string, resourceVersion: string, writer: string | undefined, flight: Flight): void {
    this.forget(key, flight.begin);
    const waits = this.waits.get(key) ?? new Map<string, Wait>();
    waits.get(resourceVersion)?.stopTimer();
    const stopTimer = this.clock.after(LONGEST_WAIT_MS, () => this.overdue(key));
    this.waits.set(key, waits.set(resourceVersion, { writer, at: ++this.moment, stopTimer }));
  }

  /** The watch has delivered this version. Answers whose write it was, if it was owed. */
  public settle(key: string, resourceVersion: string): string | undefined {
    const wait = this.waits.get(key)?.get(resourceVersion);
    if (wait) this.drop(key, resourceVersion, wait);
    return wait?.writer;
  }

  /** Waits no longer for what came up to that moment. */
  public forget(key: string, upTo: number): void {
    for (const [resourceVersion, wait] of this.waits.get(key) ?? []) if (wait.at <= upTo) this.drop(key, resourceVersion, wait);
  }

  /** We know that it is gone, and the watch has not said so yet. */
  public depart(uid: string): void {
    this.departed.add(uid);
  }

  public isDeparted(uid: string): boolean {
    return this.departed.has(uid);
  }

  /** The watch says that it is gone. */
  public confirmDeparture(uid: string): void {
    this.departed.delete(uid);
  }

  private drop(key: string, resourceVersion: string, wait: Wait): void {
    wait.stopTimer();
    const waits = this.waits.get(key);
    waits?.delete(resourceVersion);
    if (waits?.size === 0) this.waits.delete(key);
  }
}

/** Names one version of one incarnation of an object. */
export const versionOf = ({ uid, resourceVersion }: ObjectMeta): string => `${uid}/${resourceVersion}`;
/** Names the end of one incarnation. */
export const endOf = ({ uid }: ObjectMeta): string => `${uid}/gone`;
