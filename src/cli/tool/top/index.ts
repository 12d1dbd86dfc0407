import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { CLUSTER_OPTIONS, connect } from '../cluster';
import { Screen } from '../screen';
import { UsageError, type Given, type Subcommand, type Surroundings } from '../subcommand';
import { linesOf, type View } from './table';
import { Watching } from './watching';

/** `top`: pools and Sandboxes as they are now, again and again. */
export const TOP: Subcommand = {
  name: 'top',
  summary: 'Shows pools and Sandboxes as they change: members, claims per second, hit rate, states, nodes, owners.',
  options: [
    ...CLUSTER_OPTIONS,
    { name: 'namespace', short: 'n', value: 'name', doc: 'The only namespace to look at; else that of the context.' },
    { name: 'all-namespaces', short: 'A', doc: 'Look at all namespaces.' },
    { name: 'once', doc: 'Show the present state and end; rates need time, so there are none.' },
    { name: 'json', doc: 'One JSON document a line for each state.' },
  ],
  run,
};

// A terminal shows ages and rates, which change by themselves; elsewhere only what happens is written.
const TICK_MS = 1000;

async function run(given: Given, surroundings: Surroundings): Promise<number> {
  if (given.isSet('all-namespaces') && given.find('namespace') !== undefined)
    throw new UsageError('found --namespace and --all-namespaces, expected one of them');
  const { connection, transport } = await connect(given, surroundings);
  const namespace = given.isSet('all-namespaces') ? undefined : (given.find('namespace') ?? connection.namespace ?? 'default');
  try {
    const watching = await Watching.start(transport, namespace === undefined ? [] : [namespace]);
    const show = given.isSet('json') ? jsonLines(surroundings) : table(surroundings, namespace === undefined, given.isSet('once'));
    show(watching.view(Date.now()));
    if (!given.isSet('once')) await follow(watching, show, surroundings.output.isTTY === true && !given.isSet('json'));
    watching.stop();
    return 0;
  } finally {
    await transport.close();
  }
}

type Show = (view: View) => void;

/** Shows each state until Ctrl-C. */
async function follow(watching: Watching, show: Show, isClock: boolean): Promise<void> {
  const ending = new AbortController();
  const interrupted = once(process, 'SIGINT').then(() => ending.abort());
  let hasChanged = false;
  watching.onChange(() => (hasChanged = true));
  while (!ending.signal.aborted) {
    await delay(TICK_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    if (hasChanged || isClock) show(watching.view(Date.now()));
    hasChanged = false;
  }
  await interrupted;
}

function jsonLines({ output }: Surroundings): Show {
  return (view) => void output.write(`${JSON.stringify({ time: new Date().toISOString(), ...view })}\n`);
}

function table({ output, environment }: Surroundings, areNamespacesShown: boolean, isOnce: boolean): Show {
  const screen = new Screen(output);
  // https://no-color.org: any value that is not empty.
  const isColoured = output.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
  return (view) => {
    // The cursor stands in a line of its own below the table.
    const height = output.isTTY && output.rows && !isOnce ? { height: output.rows - 1 } : {};
    screen.show(linesOf(view, { isColoured, areNamespacesShown, ...height }));
  };
}
