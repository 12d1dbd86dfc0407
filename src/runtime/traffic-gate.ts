import type { Clock } from './clock';
import type { TrafficClass } from './transport';

/** A write that wants to be sent. */
export interface Passage {
  readonly traffic: GatedClass;
  /** Bulk that does not give way to claims: stock that is nearly used up. */
  readonly isUrgent?: boolean;
}

/** Classes whose writes pass the gate. The Lease never waits. */
export type GatedClass = Exclude<TrafficClass, 'background'>;

/** A write that may be sent. */
export interface Turn {
  /** The server has put it off: it has too much to do. */
  putOff(): void;
  /** Its outcome is known. */
  end(): void;
}

/** Writes of equal rights. */
type Lane = GatedClass | 'urgent';

interface Rule {
  readonly traffic: GatedClass;
  /** As long as one of these is there, it waits. */
  readonly givesWayTo: readonly GatedClass[];
}

interface Waiter {
  readonly order: number;
  readonly sinceMs: number;
  readonly go: () => void;
}

const RULES: Readonly<Record<Lane, Rule>> = {
  claim: { traffic: 'claim', givesWayTo: [] },
  urgent: { traffic: 'bulk', givesWayTo: [] },
  bulk: { traffic: 'bulk', givesWayTo: ['claim'] },
  event: { traffic: 'event', givesWayTo: ['claim', 'bulk'] },
};
const LANES: readonly Lane[] = ['claim', 'urgent', 'bulk', 'event'];

/**
 * Most writes of a class that are on their way at one time. On two cores the API server stored 248, 254, 246 and 283 Sandboxes a second with 2, 4, 8 and 16
 * POSTs at a time (third quartiles of 24 alternating rounds beside other work; the medians were too noisy to rank), but a PATCH beside 4 of them took 3 times
 * as long as alone, beside 8 of them 5 times.
 */
export const MOST_AT_ONCE: Readonly<Record<GatedClass, number>> = { claim: 16, bulk: 4, event: 4 };
// Spec 08 §9.
const LONGEST_PAUSE_MS = 2000;
// A pass goes on to its next write when the last one is answered: what gives way must not slip in between.
const LINGER_MS = 2;
/** After so long without being put off, bulk sends one more at a time. */
const RECOVERY_MS = 5000;

/**
 * Decides when a write may be sent (spec 08 §9): claims at once; refill while no write of a claim waits or is on its way, because until it is answered it
 * takes the server's time; events while there is neither. What was held back for 2 s goes on, one at a time. Within a class who came first goes first.
 */
export class TrafficGate {
  private readonly waiting: Readonly<Record<Lane, Set<Waiter>>> = { claim: new Set(), urgent: new Set(), bulk: new Set(), event: new Set() };
  private readonly underWay: Record<Lane, number> = { claim: 0, urgent: 0, bulk: 0, event: 0 };
  private readonly endedAtMs: Record<GatedClass, number> = { claim: -Infinity, bulk: -Infinity, event: -Infinity };
  private cut = { most: MOST_AT_ONCE.bulk, atMs: -Infinity };
  private readonly givingUp = new WeakMap<AbortSignal, Set<() => void>>();
  private arrivals = 0;
  /** When it pumps by itself; with every write it is asked again, and mostly that has not changed. */
  private wakeMs = Infinity;
  private cancelTimer: () => void = () => undefined;

  constructor(private readonly clock: Clock) {}

  /** Resolves when the write may be sent; with undefined when the signal says that it is not wanted any more. */
  public enter({ traffic, isUrgent = false }: Passage, signal?: AbortSignal): Promise<Turn | undefined> {
    const lane = traffic === 'bulk' && isUrgent ? 'urgent' : traffic;
    return new Promise((resolve) => {
      const leave = (turn: Turn | undefined): void => {
        this.waiting[lane].delete(waiter);
        if (signal) this.givingUpAt(signal).delete(giveUp);
        resolve(turn);
      };
      const giveUp = (): void => {
        leave(undefined);
        this.pump();
      };
      const waiter: Waiter = { order: this.arrivals++, sinceMs: this.clock.monotonicMs(), go: () => leave(this.begin(lane)) };
      this.waiting[lane].add(waiter);
      if (signal) this.givingUpAt(signal).add(giveUp);
      if (signal?.aborted) giveUp();
      else this.pump();
    });
  }

  /** What gives up at that signal. It has one listener for all who wait: it looks through all listeners whenever one comes or goes. */
  private givingUpAt(signal: AbortSignal): Set<() => void> {
    const known = this.givingUp.get(signal);
    if (known) return known;
    const all = new Set<() => void>();
    this.givingUp.set(signal, all);
    signal.addEventListener('abort', () => all.forEach((giveUp) => giveUp()), { once: true });
    return all;
  }

  private begin(lane: Lane): Turn {
    const { traffic } = RULES[lane];
    let sentAtMs = this.clock.monotonicMs();
    this.underWay[lane]++;
    return {
      putOff: () => {
        if (traffic === 'bulk') this.slowDown(sentAtMs);
        sentAtMs = this.clock.monotonicMs();
      },
      end: () => {
        this.underWay[lane]--;
        this.endedAtMs[traffic] = this.clock.monotonicMs();
        this.pump();
      },
    };
  }

  /** Sends half as much at a time. What was sent before the last time that happened tells nothing new. */
  private slowDown(sentAtMs: number): void {
    if (sentAtMs < this.cut.atMs) return;
    this.cut = { most: Math.max(1, Math.floor(this.mostOf('bulk') / 2)), atMs: this.clock.monotonicMs() };
  }

  private pump(): void {
    for (let first = this.findNext(); first; first = this.findNext()) first.go();
    let nextMs = Infinity;
    for (const lane of LANES) nextMs = Math.min(nextMs, this.dueMs(lane));
    if (nextMs !== this.wakeMs) this.wakeAt(nextMs);
  }

  private wakeAt(wakeMs: number): void {
    this.cancelTimer();
    this.wakeMs = wakeMs;
    if (wakeMs === Infinity) return;
    this.cancelTimer = this.clock.after(wakeMs - this.clock.monotonicMs(), () => {
      this.wakeMs = Infinity;
      this.pump();
    });
  }

  /** Who came first of those who may go. */
  private findNext(): Waiter | undefined {
    const nowMs = this.clock.monotonicMs();
    let next: Waiter | undefined;
    for (const lane of LANES) {
      if (this.dueMs(lane) > nowMs) continue;
      const [first] = this.waiting[lane];
      if (first && first.order < (next?.order ?? Infinity)) next = first;
    }
    return next;
  }

  /** When the first of a lane may go if nothing happens: Infinity when something has to happen. */
  private dueMs(lane: Lane): number {
    const { traffic, givesWayTo } = RULES[lane];
    if (this.waiting[lane].size === 0 || this.underWayOf(traffic) >= this.mostOf(traffic)) return Infinity;
    const [first] = this.waiting[lane];
    let openMs = -Infinity;
    for (const above of givesWayTo) openMs = Math.max(openMs, this.isThere(above) ? Infinity : this.endedAtMs[above] + LINGER_MS);
    const overdueMs = !first || this.underWay[lane] > 0 ? Infinity : first.sinceMs + LONGEST_PAUSE_MS;
    return Math.min(openMs, overdueMs);
  }

  private isThere(traffic: GatedClass): boolean {
    return LANES.some((lane) => RULES[lane].traffic === traffic && this.waiting[lane].size + this.underWay[lane] > 0);
  }

  private underWayOf(traffic: GatedClass): number {
    return LANES.reduce((sum, lane) => sum + (RULES[lane].traffic === traffic ? this.underWay[lane] : 0), 0);
  }

  private mostOf(traffic: GatedClass): number {
    if (traffic !== 'bulk') return MOST_AT_ONCE[traffic];
    const recovered = Math.floor((this.clock.monotonicMs() - this.cut.atMs) / RECOVERY_MS);
    return Math.min(MOST_AT_ONCE.bulk, this.cut.most + recovered);
  }
}
