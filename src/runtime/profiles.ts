import { Session } from 'node:inspector/promises';
import { getHeapSnapshot } from 'node:v8';

import type { Clock } from './clock';
import type { Answer, Route } from './http-server';
import { pause } from './pause';

/** Which profiles are served. */
export type ProfileChoice = 'none' | 'cpu' | 'all';

const DEFAULT_SECONDS = 30;
const MOST_SECONDS = 300;

/**
 * The profiles of `--enable-pprof` and `--enable-pprof-debug`, below the paths that Go programs have them at. They are in the formats of V8:
 * Chrome's developer tools open all of them. One at a time; another is refused.
 */
export function profileRoutes(clock: Clock, choice: ProfileChoice): Readonly<Record<string, Route>> {
  let isBusy = false;
  const alone =
    (take: Route): Route =>
    async (query, gone) => {
      if (isBusy) return { status: 409, body: 'another profile is being taken; try again when it is done\n' };
      isBusy = true;
      try {
        return await take(query, gone);
      } finally {
        isBusy = false;
      }
    };
  const cpu: Readonly<Record<string, Route>> = { '/debug/pprof/profile': alone((query, gone) => record(CPU, { clock, query, gone })) };
  if (choice === 'none') return {};
  if (choice === 'cpu') return cpu;
  const all: Readonly<Record<string, Route>> = {
    ...cpu,
    '/debug/pprof/allocs': alone((query, gone) => record(ALLOCATIONS, { clock, query, gone })),
    // Stops the program while it is taken: about a second for 100 MB.
    '/debug/pprof/heap': alone(() => ({ ...file('heap.heapsnapshot'), body: getHeapSnapshot() })),
  };
  const paths = Object.keys(all).map((path) => `${path}\n`);
  return { ...all, '/debug/pprof/': () => ({ status: 200, body: paths.join('') }) };
}

/** What is recorded for a while. */
interface Recording {
  readonly fileName: string;
  readonly start: (session: Session) => Promise<unknown>;
  readonly stop: (session: Session) => Promise<{ readonly profile: object }>;
}

const CPU: Recording = {
  fileName: 'cpu.cpuprofile',
  start: async (session) => {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
  },
  stop: (session) => session.post('Profiler.stop'),
};

const ALLOCATIONS: Recording = {
  fileName: 'allocations.heapprofile',
  start: (session) => session.post('HeapProfiler.startSampling'),
  stop: (session) => session.post('HeapProfiler.stopSampling'),
};

async function record(
  { fileName, start, stop }: Recording,
  { clock, query, gone }: { readonly clock: Clock; readonly query: URLSearchParams; readonly gone: AbortSignal },
): Promise<Answer> {
  const seconds = Number(query.get('seconds') ?? DEFAULT_SECONDS);
  if (!(seconds > 0 && seconds <= MOST_SECONDS)) return { status: 400, body: `seconds: expected a number above 0 and at most ${MOST_SECONDS}\n` };
  const session = new Session();
  session.connect();
  try {
    await start(session);
    // Whoever has gone away needs no profile.
    await pause(clock, seconds * 1000, gone);
    const { profile } = await stop(session);
    return { ...file(fileName), body: JSON.stringify(profile) };
  } finally {
    session.disconnect();
  }
}

const file = (fileName: string) => ({ status: 200, contentType: 'application/json', fileName });
