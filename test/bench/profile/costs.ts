import type { HeapProfiler, Profiler } from 'node:inspector';
import { OWNERS, type CallFrame, type Place } from './place';

/** A function called from one place, and what was seen in itself: samples, or bytes. */
export interface Call {
  readonly callFrame: CallFrame;
  readonly self: number;
  readonly children: readonly Call[];
}

/** What one row of a table costs. */
export interface Cost {
  readonly what: string;
  readonly self: number;
  /** Of code of this project: with what others do for it. */
  readonly total?: number;
}

/** Costs from the greatest to the least, and their sum. */
export interface Costs {
  readonly all: number;
  readonly owners: readonly Cost[];
  readonly rooms: readonly Cost[];
  readonly functions: readonly Cost[];
}

// The program waits.
const IDLE = '(idle)';

/** The calls of a profile of the processor. */
export function callsOf({ nodes }: Profiler.Profile): Call {
  const [root] = nodes;
  if (!root) throw new Error('the profile has no nodes');
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callOf = ({ callFrame, hitCount = 0, children = [] }: Profiler.ProfileNode): Call => ({
    callFrame,
    self: callFrame.functionName === IDLE ? 0 : hitCount,
    children: children.flatMap((id) => byId.get(id) ?? []).map(callOf),
  });
  return callOf(root);
}

/** The calls of a profile of allocations. */
export const allocationsOf = ({ head }: HeapProfiler.SamplingHeapProfile): Call => callOfHeap(head);

const callOfHeap = ({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): Call => ({
  callFrame,
  self: selfSize,
  children: children.map(callOfHeap),
});

/** Sums what calls cost by owner, by room and by function. */
export function costsOf(root: Call, placeOf: (frame: CallFrame) => Place): Costs {
  const [owners, rooms, functions] = [new Sums(), new Sums(), new Sums()];
  let all = 0;
  const visit = ({ callFrame, self, children }: Call, caller: Place | undefined): void => {
    const place = placeOf(callFrame);
    // The nearest code of this project answers for what packages and Node.js do.
    const cause = place.owner === 'ours' ? place : caller;
    all += self;
    owners.add(self, OWNERS[place.owner], cause && OWNERS[cause.owner]);
    rooms.add(self, place.room, cause?.room);
    functions.add(self, labelOf(place), cause && labelOf(cause));
    for (const child of children) visit(child, cause);
  };
  visit(root, undefined);
  return { all, owners: owners.sorted, rooms: rooms.sorted, functions: functions.sorted };
}

const labelOf = ({ name, at, room }: Place): string => `\`${name}\` ${at ?? room}`;

class Sums {
  private readonly selves = new Map<string, number>();
  private readonly totals = new Map<string, number>();

  public add(self: number, what: string, cause: string | undefined): void {
    if (self === 0) return;
    this.selves.set(what, (this.selves.get(what) ?? 0) + self);
    if (cause !== undefined) this.totals.set(cause, (this.totals.get(cause) ?? 0) + self);
  }

  /** From the greatest to the least. */
  public get sorted(): readonly Cost[] {
    const costs = [...new Set([...this.selves.keys(), ...this.totals.keys()])].map((what) => {
      const total = this.totals.get(what);
      return { what, self: this.selves.get(what) ?? 0, ...(total !== undefined && { total }) };
    });
    return costs.sort((a, b) => b.self - a.self);
  }
}
