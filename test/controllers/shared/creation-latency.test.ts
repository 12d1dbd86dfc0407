import { onFirstReady } from '../../../src/controllers/shared/creation-latency';
import type { Sandbox } from '../../../src/controllers/shared/objects';
import type { Change } from '../../../src/runtime/store';
import { condition, M, owned, READY } from '../claim/world';

type Seen = Pick<Change<Sandbox>, 'type' | 'object'>;

const starting = owned(M, {}, { status: {} });
const ready = owned(M, {}, { status: { conditions: [READY] } });
const broken = owned(M, {}, { status: { conditions: [condition('Ready', 'False', 'DependenciesNotReady')] } });
const added = (object: Sandbox): Seen => ({ type: 'added', object });
const updated = (object: Sandbox): Seen => ({ type: 'updated', object });

/** How many Sandboxes are told of; those before the mark `synced` are there when the process comes. */
async function toldOf(changes: ReadonlyArray<Seen | 'synced' | 'leads' | 'follows'>): Promise<number> {
  let [count, isDeciding] = [0, true];
  let handler: (change: Seen) => void = () => undefined;
  let sync: () => void = () => undefined;
  const cache = { synced: new Promise<void>((resolve) => (sync = resolve)), onChange: (given: typeof handler) => void (handler = given) };
  onFirstReady(cache, { isDeciding: () => isDeciding, tell: () => void count++ });
  for (const change of changes) {
    if (change === 'synced') sync();
    else if (change === 'leads' || change === 'follows') isDeciding = change === 'leads';
    else handler(change);
    await Promise.resolve();
  }
  return count;
}

// Spec 02 §8.2.
test.each<[string, Parameters<typeof toldOf>[0], number]>([
  ['one that is made and becomes Ready is told of', ['synced', added(starting), updated(ready)], 1],
  ['once, however often it comes and goes', ['synced', added(starting), updated(ready), updated(broken), updated(ready)], 1],
  ['not one that was there before', [added(starting), 'synced', updated(ready)], 0],
  ['nor one that was Ready when it was seen first', ['synced', added(ready), updated(broken), updated(ready)], 0],
  ['nor one that another process has led to it', ['synced', 'follows', added(starting), updated(ready), 'leads', updated(broken), updated(ready)], 0],
  ['but one that was made under another process', ['synced', 'follows', added(starting), 'leads', updated(ready)], 1],
  ['one that goes is forgotten', ['synced', added(starting), { type: 'deleted', object: ready }, updated(ready)], 0],
])('the first Ready of a Sandbox: %s', async (_, changes, expected) => {
  expect(await toldOf(changes)).toBe(expected);
});
