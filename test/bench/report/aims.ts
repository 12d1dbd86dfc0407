import { table } from '../markdown';
import type { Figures, Results } from '../results';
import { formatSpread, spreadOf } from '../spread';
import { MEASURES, perSecond, perUnit, quantile, thirdsMs, wasCarried } from './measures';
import { workloadsOf } from './rounds';

/** What was set out to be reached on a machine of two processors. Aims are told, never judged: only budgets are. */
interface Aim {
  readonly what: string;
  readonly workload: string;
  /** Members or Sandboxes that there have to be: of fewer it says nothing. */
  readonly pool?: number;
  readonly of: (run: Figures) => number | undefined;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly unit: string;
  readonly digits: number;
  /** What the reference implementation was found to need on such a machine, by those who set the aims; not measured here. */
  readonly reference?: string;
}

const p50Ms = ({ latenciesMs }: Figures): number | undefined => finite(quantile(latenciesMs, 0.5));
const controllerMs = (run: Figures): number | undefined => perUnit(run, run.cost.cpuMs?.controller);
const timesBeside = MEASURES['time, as a multiple of what was measured beside it'];

const AIMS: readonly Aim[] = [
  { what: 'one claim at a time, p50', workload: 'serial', of: p50Ms, atMost: 20, unit: ' ms', digits: 1, reference: '50–60 ms' },
  { what: 'the same / two serial PATCHes', workload: 'serial', of: timesBeside, atMost: 2, unit: '', digits: 2 },
  { what: '20 workers, p50', workload: 'workers', pool: 300, of: p50Ms, atMost: 250, unit: ' ms', digits: 0, reference: '1.9–2.2 s' },
  {
    what: 'burst until the last is Ready',
    workload: 'burst',
    pool: 300,
    of: ({ wallMs }) => wallMs / 1000,
    atMost: 3,
    unit: ' s',
    digits: 2,
    reference: '13.5–15.3 s',
  },
  { what: 'the same / the same writes sent raw', workload: 'burst', of: timesBeside, atMost: 1.5, unit: '', digits: 2 },
  { what: 'members of a pool that is filled', workload: 'fill', of: perSecond, atLeast: 40, unit: ' members/s', digits: 1, reference: '12–21 members/s' },
  { what: 'controller, processor time per claim, no refill', workload: 'burst', of: controllerMs, atMost: 1.5, unit: ' ms', digits: 2, reference: '11 ms' },
  { what: 'controller, processor time per claim, refill', workload: 'sustained', of: controllerMs, atMost: 4, unit: ' ms', digits: 2 },
  { what: 'controller, memory, 10,000 idle Sandboxes', workload: 'idle', pool: 10_000, of: ({ cost }) => cost.rssMb, atMost: 250, unit: ' MB', digits: 0 },
];

export function aimTable({ runs }: Results): string {
  const workloads = workloadsOf(runs);
  const rows = AIMS.flatMap((aim) => {
    const concerned = workloads.filter(({ run }) => run.workload === aim.workload && run.pool >= (aim.pool ?? 0));
    return concerned.flatMap(({ run, rounds }) => {
      const found = rounds.flatMap((round) => aim.of(round) ?? []);
      const what = concerned.length > 1 ? `${aim.what}: ${run.arrival}` : aim.what;
      return found.length === 0 ? [] : [rowOf({ ...aim, what }, found)];
    });
  });
  return table(['', 'figure', 'aim', '', 'reference'], [...rows, ...sustainedRows(runs)]);
}

function rowOf({ what, atMost = Infinity, atLeast = -Infinity, unit, digits, reference = '' }: Aim, found: readonly number[]): readonly string[] {
  const { median } = spreadOf(found);
  const figure = found.length === 1 ? median.toFixed(digits) : formatSpread(found, digits);
  const aim = Number.isFinite(atMost) ? `at most ${atMost}${unit}` : `at least ${atLeast}${unit}`;
  return [what, `${figure}${unit}`, aim, median <= atMost && median >= atLeast ? 'reached' : 'missed', reference];
}

const RATE = 30;

/** The rates at which claims came to a pool that refills itself. */
function sustainedRows(runs: readonly Figures[]): ReadonlyArray<readonly string[]> {
  const sustained = runs.filter(({ workload, offeredPerSecond }) => workload === 'sustained' && offeredPerSecond === RATE);
  return sustained.map((run) => {
    const thirds = thirdsMs(run).map((ms) => `${ms.toFixed(0)} ms`);
    const figure = `${perSecond(run).toFixed(1)} claims/s, ${run.failures.length} failed, p50 of each third ${thirds.join(', ')}`;
    return [`${RATE} claims a second with refill`, figure, 'carried, and flat', wasCarried(run) ? 'reached' : 'missed', '10.7–12.3 claims/s'];
  });
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);
