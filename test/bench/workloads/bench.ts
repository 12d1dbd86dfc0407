import type { Figures } from '../results';
import { atRest, measured } from '../stage/measurement';
import type { PoolOptions } from '../stage/objects';
import type { OwnController, Site } from '../stage/site';
import type { User } from '../stage/user';
import { fill, parallel, sampleOf, type Run } from './claims';
import { CLAIM_READY, figuresOf, type Outcome, type Plan } from './figures';
import type { Sample } from './raw';
import type { Sizes } from './sizes';

const WARM_UP = 40;
const WARM_UP_AT_ONCE = 4;

/** How a pool treats what is taken from it; somebody else's controller does as it was told. */
export type Refill = 'on' | 'off';
const REFILL_FLAGS: Readonly<Record<Refill, readonly string[]>> = {
  on: [],
  off: ['--sandbox-warm-pool-replenish-delay=1h', '--refill-min-free-percent=0'],
};

/** How the bench was asked to go about it. */
export interface Orders {
  readonly sizes: Sizes;
  /** Further flags of its own controller. */
  readonly flags: readonly string[];
  readonly say: (line: string) => void;
}

/** What workloads do their work with, and what has come of it. */
export class Bench {
  public readonly runs: Figures[] = [];
  public readonly sizes: Sizes;
  /** What the controller that is warmed up does. */
  private started?: Refill;
  private sample?: Sample;

  public constructor(
    public readonly site: Site,
    private readonly orders: Orders,
  ) {
    this.sizes = orders.sizes;
  }

  public get user(): User {
    return this.site.user;
  }

  public say(line: string): void {
    this.orders.say(line);
  }

  /** What the server stores of a claim that got a member. Throws before the first `ready`. */
  public get boundClaim(): Sample {
    if (!this.sample) throw new Error('no claim was made to warm up');
    return this.sample;
  }

  /** The controller of the bench. Throws where it is somebody else's: workloads that need it are not begun there. */
  public get own(): OwnController {
    if (!this.site.own) throw new Error('this workload starts the controller, but here somebody else does');
    return this.site.own;
  }

  /** Lets a controller run that refills pools, or does not, and that has compiled what is measured. */
  public async ready(refill: Refill): Promise<void> {
    if (this.started === refill || (this.started && !this.site.own)) return;
    await this.restart(refill);
    this.started = refill;
    this.say('warming up');
    await fill(this.user, 'warm-up', WARM_UP);
    const [first] = (await parallel(this.user, 'warm-up', WARM_UP, WARM_UP_AT_ONCE)).claims;
    if (!first || first.failure !== undefined) throw new Error(`a claim on an idle server failed: ${first?.failure}`);
    // Only who sends the same raw needs to know what a Sandbox's Pod is called.
    if (this.site.raw) this.sample = await sampleOf(this.user, first);
    await this.clear();
  }

  /** Starts the controller anew, if it is the bench's; the next `ready` warms one up again. Resolves to the time until it was ready. */
  public async restart(refill: Refill): Promise<number> {
    this.started = undefined;
    return (await this.site.own?.start([...REFILL_FLAGS[refill], ...this.orders.flags]))?.readyMs ?? 0;
  }

  /** Fills a pool, and says how far it is. Resolves to how long that took. */
  public fill(name: string, members: number, options: PoolOptions = {}): Promise<number> {
    this.say(`filling pool ${name} with ${members} members`);
    return fill(this.user, name, members, { ...options, told: (ready) => this.say(`pool ${name}: ${ready} of ${members} members are Ready`) });
  }

  /** Does the work and keeps what came of it and what it cost. */
  public async work(plan: Plan, work: () => Promise<Outcome>): Promise<void> {
    this.say(`${plan.workload}: ${plan.arrival}`);
    const { givenTwice } = this.user;
    const { result, cost, load } = await measured(this.site, work);
    const refill = plan.refill === 'none' || this.site.own ? plan.refill : 'as the controller does';
    this.runs.push(figuresOf({ ...plan, refill }, { ...result, givenTwice: this.user.givenTwice - givenTwice, cost, load }));
  }

  /** The same of claims, from a pool that is full. */
  public async claims(plan: Omit<Plan, 'unit' | 'ready'>, work: () => Promise<Run & Pick<Outcome, 'beside'>>): Promise<void> {
    await this.work({ ...plan, unit: 'claim', ready: CLAIM_READY }, work);
  }

  /** Removes what a workload has left behind. */
  public async clear(): Promise<void> {
    this.say('removing what is left');
    await this.user.clear();
    await this.site.raw?.clear();
    await atRest(this.site);
  }
}
