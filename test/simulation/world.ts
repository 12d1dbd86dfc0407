import type { PassSeen } from '../../src/runtime/reconcile';
import { ApiModel } from './api/api-model';
import { NAMESPACES } from './api/resource-types';
import { GarbageCollector } from './cluster/garbage-collector';
import { NamespaceController } from './cluster/namespace-controller';
import { Nodes } from './cluster/nodes';
import { VolumeProtection } from './cluster/volume-protection';
import { Network } from './network/network';
import { Process, type Program } from './network/process';
import { Weather } from './network/weather';
import { Random } from './random';
import { quiescence, Scheduler } from './scheduler';
import { Story } from './story';

/** The namespace that every world has. */
export const NAMESPACE = 'default';

/** A pass of a controller of some process. */
export interface Passed {
  readonly process: Process;
  readonly pass: PassSeen;
}

/** The way of a claim to Ready was measured. */
export interface Measured {
  /** UID of the claim. */
  readonly uid: string;
  /** Name of the process. */
  readonly by: string;
}

/** A cluster in memory: server, controllers, network, and the programs that run against it. Everything in it follows from the seed. */
export class World {
  public readonly random: Random;
  public readonly scheduler: Scheduler;
  public readonly model: ApiModel;
  public readonly story: Story;
  public readonly weather: Weather;
  public readonly network: Network;
  public readonly nodes: Nodes;
  /** How far the wall clock of the programs is from the time of the server. */
  public wallClockErrorMs = 0;
  /** Claims whose way to Ready was measured, in the order in which that happened. */
  public readonly measured: Measured[] = [];
  public onPassed: ((passed: Passed) => void) | undefined;
  /** What programs threw. */
  public readonly errors: unknown[] = [];

  constructor(seed: number, options: { readonly keepStory?: boolean } = {}) {
    this.random = new Random(seed);
    // Somewhere in a second, because the server's times have whole seconds only.
    const startMs = Date.UTC(2026, 0, 1) + this.random.below(10_000);
    this.scheduler = new Scheduler(this.random, startMs);
    this.story = new Story(startMs, options.keepStory === true);
    this.weather = new Weather(this.scheduler, this.random, this.story);
    this.model = new ApiModel(this.random, () => this.scheduler.nowMs);
    this.network = new Network(this.model, this.weather);
    this.nodes = new Nodes(this.model, this.scheduler, this.random);
    new GarbageCollector(this.model, this.scheduler, this.random);
    new VolumeProtection(this.model, this.scheduler, this.random);
    new NamespaceController(this.model, this.scheduler, this.random);
    this.model.handle({ verb: 'create', resource: NAMESPACES, namespace: '', body: { metadata: { name: NAMESPACE } } }, 'world');
  }

  /** The time as the programs know it. */
  public get wallClockMs(): number {
    return this.scheduler.nowMs + this.wallClockErrorMs;
  }

  /** Starts a program in a process of its own. */
  public start(name: string, program: Program): Process {
    const { scheduler, random } = this;
    const process = new Process(name, { scheduler, random, wallClockMs: () => this.wallClockMs, onError: (error) => this.errors.push(error) });
    process.start(program, {
      transport: this.network.connect(process),
      exit: () => this.network.crash(process),
      measured: (uid) => this.measured.push({ uid, by: name }),
      passed: (pass) => this.onPassed?.({ process, pass }),
    });
    return process;
  }

  /** Lets one thing happen, and everything that follows from it at once. Says whether there was something. */
  public async step(): Promise<boolean> {
    const didStep = this.scheduler.step();
    await quiescence();
    return didStep;
  }

  /** Goes on until it is true, or until that much virtual time has passed. Says whether it became true. */
  public async until(isTrue: () => boolean, spanMs: number): Promise<boolean> {
    const endMs = this.scheduler.nowMs + spanMs;
    while (!isTrue()) {
      const nextMs = this.scheduler.nextMs();
      if (nextMs === undefined || nextMs > endMs) {
        this.scheduler.nowMs = endMs;
        return isTrue();
      }
      await this.step();
    }
    return true;
  }
}
