import type { Fault, FaultProxy, Injected, Match } from '../../support/fault-proxy';

/** What becomes of a request that is on its way: never carried out; carried out, and nobody hears of it; carried out while the next process begins, or when it has done all. */
type Fate = 'lost' | 'unheard' | 'late' | 'last';

/** Which requests meet which fate, the first of each kind. */
export type Fates = ReadonlyArray<readonly [Match, Fate]>;

const FAULTS: Readonly<Record<Fate, (released: Promise<unknown>) => Fault>> = {
  lost: () => ({ do: 'lose', what: 'request', how: 'silence' }),
  unheard: () => ({ do: 'lose', what: 'answer', how: 'silence' }),
  late: (until) => ({ do: 'hold', what: 'request', until }),
  last: (until) => ({ do: 'hold', what: 'request', until }),
};

/** Something that is waited for. */
class Moment {
  public reach = (): void => undefined;
  public readonly reached = new Promise<void>((resolve) => (this.reach = resolve));
}

/** Lets requests meet their fates. */
export class Way {
  private readonly late = new Moment();
  private readonly last = new Moment();
  private readonly injected: readonly Injected[];

  constructor(proxy: FaultProxy, fates: Fates) {
    this.injected = fates.map(([match, fate]) => proxy.inject(match, FAULTS[fate](this[fate === 'late' ? 'late' : 'last'].reached), 1));
  }

  /** All of them have. */
  public async met(): Promise<void> {
    await Promise.all(this.injected.map(({ first }) => first));
  }

  public land(fate: 'late' | 'last'): void {
    this[fate].reach();
  }
}
