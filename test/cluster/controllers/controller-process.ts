import { controllersOf, type Controller, type ControllerName } from '../../../src/controllers';
import type { Moment } from '../../../src/controllers/claim/observer';
import { Allocator } from '../../../src/controllers/members/allocator';
import type { Settings } from '../../../src/controllers/sandbox/observe';
import { allOf, informersOf, type Informers } from '../../../src/controllers/shared/informers';
import { CLAIMS, NETWORK_POLICIES, PODS, SANDBOXES, SERVICES, TEMPLATES, VOLUME_CLAIMS, WARM_POOLS } from '../../../src/controllers/shared/objects';
import { Client, type RequestSeen } from '../../../src/runtime/client';
import { systemClock, type Clock } from '../../../src/runtime/clock';
import type { Connection } from '../../../src/runtime/connection';
import { HttpTransport } from '../../../src/runtime/http-transport';
import type { Key, KubeObject, Resource } from '../../../src/runtime/object';
import type { EventDraft } from '../../../src/runtime/plan';
import type { PassSeen } from '../../../src/runtime/reconcile';
import { TrafficGate } from '../../../src/runtime/traffic-gate';
import { DEFAULT_SETTINGS } from '../../support/default-settings';

/** What a process is started with. */
export interface ProcessOptions {
  readonly connection: Connection;
  /** The namespaces that it watches; none means all. */
  readonly namespaces: readonly string[];
  readonly clock: Clock;
  /**
   * Flags of the Sandbox controller that differ from their defaults.
   *
   * @default - none
   */
  readonly settings?: Partial<Settings>;
  /**
   * Whether it labels templates (`--label-templates`).
   *
   * @default true
   */
  readonly areTemplatesLabelled?: boolean;
  /**
   * `--lean-adoption`: without it, members and adoptions are those of the Go implementation (spec 08 §4.6).
   *
   * @default true
   */
  readonly isAdoptionLean?: boolean;
  /**
   * How long a request may take, in milliseconds.
   *
   * @default 30000
   */
  readonly requestTimeoutMs?: number;
}

/** What a process holds for true of one resource: resourceVersions by key. */
export interface Cached {
  readonly resource: Resource;
  readonly versions: ReadonlyMap<string, string>;
}

const cached = (resource: Resource, { cache }: { readonly cache: { entries(): Iterable<readonly [string, KubeObject]> } }): Cached => ({
  resource,
  versions: new Map(Array.from(cache.entries(), ([key, { metadata }]) => [key, metadata.resourceVersion])),
});

const WORKERS = 100;
const nothing = (): void => undefined;

/** All controllers as one process would run them, here inside the test. */
export class ControllerProcess {
  public readonly events: (EventDraft & { readonly reporter: string })[] = [];
  public readonly passes: PassSeen[] = [];
  /** Names of the claims that were Ready for the first time: the samples of the histograms. */
  public readonly firstReady: string[] = [];
  /** Why claims got no member. */
  public readonly coldStarts: string[] = [];
  /** Requests that were answered, and those that were not. */
  public readonly requests: RequestSeen[] = [];
  /** What rules or handlers have thrown. */
  public readonly faults: unknown[] = [];
  /** Why watches did not get on. */
  public readonly troubles: string[] = [];
  public readonly informers: Informers;
  private readonly broken = new AbortController();
  private readonly transport: HttpTransport;
  private readonly controllers: readonly Controller[];

  private constructor({ connection, namespaces, clock, settings, areTemplatesLabelled = true, isAdoptionLean = true, requestTimeoutMs }: ProcessOptions) {
    const random = Math.random;
    this.transport = new HttpTransport(connection, { version: 'test', clock });
    const client = new Client({
      ...{ transport: this.transport, clock, random, fieldManager: 'agent-sandbox-controller', signal: this.broken.signal },
      ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
      seen: (request) => this.requests.push(request),
      // It measures how busy the server is, which answers in real time.
      gate: new TrafficGate(systemClock),
    });
    const report = (error: unknown): void => void this.faults.push(error);
    const trouble = (problem: string): void => void this.troubles.push(problem);
    this.informers = informersOf(
      { client, transport: this.transport, clock, random, namespaces, trouble, report },
      { hasExtensions: true, areLabelsRequired: false },
    );
    const context = {
      ...{ client, clock, random, informers: this.informers, report },
      emit: (event: EventDraft, reporter: string) => void this.events.push({ ...event, reporter }),
      passed: (pass: PassSeen) => void this.passes.push(pass),
      claimObserver: {
        ...{ bound: nothing, passed: nothing, surplusDeleted: nothing },
        becameReady: ({ claim }: Moment) => void this.firstReady.push(claim.metadata.name),
        startedCold: (reason: string) => void this.coldStarts.push(reason),
      },
    };
    this.controllers = controllersOf(
      { ...context, allocator: new Allocator(), workersOf: () => ({ concurrency: WORKERS }) },
      {
        sandbox: { ...DEFAULT_SETTINGS.sandbox, isAdoptionLean, ...settings },
        claim: { ...DEFAULT_SETTINGS.claim, isAdoptionLean },
        warmPool: { ...DEFAULT_SETTINGS.warmPool, isAdoptionLean },
        areTemplatesLabelled,
      },
    );
  }

  /** Resolves when the caches have their first state; with `isStandby` it works only when `lead` is called. */
  public static async start(options: ProcessOptions, isStandby = false): Promise<ControllerProcess> {
    const process = new ControllerProcess(options);
    for (const informer of allOf(process.informers)) informer.start();
    await Promise.all(allOf(process.informers).map(({ cache }) => cache.synced));
    if (!isStandby) process.lead();
    return process;
  }

  /** Lets the passes begin. */
  public lead(): void {
    for (const loop of this.controllers) loop.start();
  }

  /** Takes nothing up any more, lets passes end, and closes the connections. */
  public async stop(): Promise<void> {
    await Promise.all(this.controllers.map((loop) => loop.stop()));
    await this.close();
  }

  /** Dies at once, whatever is on its way. */
  public async kill(): Promise<void> {
    const stopping = this.controllers.map((loop) => loop.stop());
    this.broken.abort();
    await this.close();
    await Promise.all(stopping);
  }

  /** Asks for a pass over a Sandbox, as a resync does. */
  public wakeSandbox(key: Key): void {
    this.wake('sandbox', key);
  }

  /** Asks for a pass over a template, as a resync does. */
  public wakeTemplate(key: Key): void {
    this.wake('sandboxtemplate', key);
  }

  /** Whether no pass waits or runs; what waits for a moment may. */
  public get isIdle(): boolean {
    return this.controllers.every(({ workQueue }) => workQueue.depth === 0 && workQueue.workingForMs.length === 0);
  }

  /** What it holds for true. */
  public get caches(): readonly Cached[] {
    const { sandboxes, pods, services, volumeClaims, extensions } = this.informers;
    return [
      cached(SANDBOXES, sandboxes),
      cached(PODS, pods),
      cached(SERVICES, services),
      cached(VOLUME_CLAIMS, volumeClaims),
      ...(extensions
        ? [
            cached(TEMPLATES, extensions.templates),
            cached(NETWORK_POLICIES, extensions.policies),
            cached(WARM_POOLS, extensions.pools),
            cached(CLAIMS, extensions.claims),
          ]
        : []),
    ];
  }

  private wake(name: ControllerName, key: Key): void {
    this.controllers.find((controller) => controller.name === name)?.wake(key);
  }

  private async close(): Promise<void> {
    for (const informer of allOf(this.informers)) informer.stop();
    await this.transport.close();
  }
}
