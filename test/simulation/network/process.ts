import type { Clock } from '../../../src/runtime/clock';
import type { KubeObject } from '../../../src/runtime/object';
import type { PassSeen } from '../../../src/runtime/reconcile';
import type { Transport } from '../../../src/runtime/transport';
import type { Random } from '../random';
import type { Scheduler } from '../scheduler';

/** What a program gets from its process. It may use nothing else that differs between two runs. */
export interface Ports {
  readonly clock: Clock;
  readonly transport: Transport;
  /** In place of Math.random: a number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Ends this process; it is started anew a while later. */
  readonly exit: () => void;
  /** Tells that the program measured how long a claim took to become Ready. */
  readonly measured: (claimUid: string) => void;
  /** Tells of each pass of a controller. */
  readonly passed: (pass: PassSeen) => void;
}

/** Starts a program. Everything it does later it does in callbacks of its ports. */
export type Program = (ports: Ports) => void;

/** What a process runs in. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** What the wall clock of the machine says. */
  wallClockMs(): number;
  /** Called with what the program threw. */
  readonly onError: (error: unknown) => void;
}

/**
 * One life of a program: from its start until it is killed. A killed process is told nothing any more, and what it still tries to do
 * has no effect; its requests in flight are the network's.
 */
export class Process {
  public isAlive = true;
  /** How often something has reached it: news, answers, and its timers, but not those that it sets for at once. */
  public impulses = 0;
  /** UIDs of objects of which this process has been told that they are gone, and when it was told first. */
  private readonly toldGoneMs = new Map<string, number>();
  private readonly latest = new Map<string, string>();
  private readonly newest = new Map<string, number>();
  private resumeMs = 0;
  private jumpMs = 0;

  constructor(
    public readonly name: string,
    private readonly surroundings: Surroundings,
  ) {}

  /** The clock of the process. Its timers and its monotonic clock do not care how the wall clock is set. */
  public readonly clock: Clock = {
    nowMs: () => this.surroundings.wallClockMs() + this.jumpMs,
    monotonicMs: () => this.surroundings.scheduler.nowMs - 1_700_000_000_000,
    after: (delayMs, callback) => this.surroundings.scheduler.after(delayMs, () => this.deliver(callback, delayMs > 0)),
  };

  /** Starts the program. */
  public start(program: Program, ports: Omit<Ports, 'clock' | 'random'>): void {
    const random = this.surroundings.random.fork();
    this.deliver(() => program({ ...ports, clock: this.clock, random: () => random.fraction() }));
  }

  public kill(): void {
    this.isAlive = false;
  }

  /** Stops the event loop for a while: everything that should happen meanwhile happens afterwards. */
  public pause(spanMs: number): void {
    this.resumeMs = this.surroundings.scheduler.nowMs + spanMs;
  }

  public get isPaused(): boolean {
    return this.surroundings.scheduler.nowMs < this.resumeMs;
  }

  /** Sets the wall clock of this process forward or back, and of no other. */
  public jump(spanMs: number): void {
    this.jumpMs += spanMs;
  }

  /** Lets program code run, when the process is able to run it; never after its death. */
  public deliver(run: () => void, isImpulse = true): void {
    if (!this.isAlive) return;
    const { scheduler, onError } = this.surroundings;
    if (this.isPaused) {
      scheduler.after(this.resumeMs - scheduler.nowMs, () => this.deliver(run, isImpulse));
      return;
    }
    if (isImpulse) this.impulses++;
    try {
      run();
    } catch (error) {
      onError(error);
    }
  }

  /** Whether the process was told so much earlier that the object is gone. */
  public knewGone(uid: string, spanMs: number): boolean {
    return (this.toldGoneMs.get(uid) ?? Infinity) <= this.surroundings.scheduler.nowMs - spanMs;
  }

  /** The newest revision of an object that a watch has shown to the process; 0 if none. */
  public newestSeen(uid: string): number {
    return this.newest.get(uid) ?? 0;
  }

  /** Remembers what a watch has shown to the process. */
  public hasSeen(table: string, event: string, { metadata }: KubeObject): void {
    const place = `${table}/${metadata.namespace}/${metadata.name}`;
    const before = this.latest.get(place);
    for (const gone of [...(before !== undefined && before !== metadata.uid ? [before] : []), ...(event === 'DELETED' ? [metadata.uid] : [])]) {
      if (!this.toldGoneMs.has(gone)) this.toldGoneMs.set(gone, this.surroundings.scheduler.nowMs);
    }
    this.latest.set(place, metadata.uid);
    this.newest.set(metadata.uid, Number(metadata.resourceVersion));
  }
}
