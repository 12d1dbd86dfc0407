import { PassSpan, type PassTrace } from '../../src/runtime/pass-span';
import type { Span, SpanPart, Tracing } from '../../src/runtime/tracing';
import { VirtualClock } from '../support/virtual-clock';

const KEY = { namespace: 'team', name: 'a' };

/** Writes down what it is told. */
class Notebook implements Tracing {
  public readonly told: unknown[] = [];
  public readonly parts: SpanPart[] = [];
  private present?: string;

  public startSpan(name: string, attributes: object, parent?: string): Span {
    this.told.push(['start', name, attributes, parent]);
    return {
      part: (part) => void this.parts.push(part),
      fail: (message) => void this.told.push(['fail', message]),
      end: () => void this.told.push(['end']),
    };
  }

  public within<T>(_span: Span, look: () => T): T {
    this.present = 'the pass';
    const seen = look();
    delete this.present;
    return seen;
  }

  public traceContext(): string | undefined {
    return this.present;
  }
}

const trace: PassTrace<number> = {
  span: () => ({ name: 'Pass', attributes: { of: 'a' }, parent: 'before' }),
  parts: (first, last) => [
    { name: 'writing', step: 'one', events: [] },
    { name: 'idle', step: 'two', events: [] },
    { name: 'seen', step: 'three', events: [{ name: `${first} to ${last}` }] },
  ],
};

const clock = new VirtualClock();
let notebook: Notebook;
beforeEach(() => (notebook = new Notebook()));

test('a pass is a span, in which its looks are, with a part for each step that wrote or has events', async () => {
  const pass = new PassSpan<number>(KEY, { tracing: notebook, trace, clock });
  const startMs = clock.nowMs();
  expect(pass.look(() => (notebook.traceContext() === 'the pass' ? 1 : 0))).toBe(1);
  await pass.step('one', () => clock.advance(10));
  await pass.step('one', () => clock.advance(5));
  pass.look(() => 2);
  expect(pass.look(() => undefined)).toBeUndefined();
  pass.end(false, []);
  expect(notebook.told).toEqual([['start', 'Pass', { of: 'a' }, 'before'], ['end']]);
  expect(notebook.parts).toEqual([
    { name: 'writing', startMs, endMs: startMs + 15, events: [] },
    { name: 'seen', startMs: startMs + 15, endMs: startMs + 15, events: [{ name: '1 to 2' }] },
  ]);
});

test('a pass that failed says why, and one that saw nothing has no parts', () => {
  const pass = new PassSpan<number>(KEY, { tracing: notebook, trace, clock });
  pass.end(true, [{ step: 'one', message: 'no quota', isPermanent: false }]);
  expect(notebook.told.slice(1)).toEqual([['fail', 'no quota'], ['end']]);
  expect(notebook.parts).toEqual([]);
});

test.each<[string, ConstructorParameters<typeof PassSpan<number>>[1]]>([
  ['without tracing', { trace, clock }],
  ['of a kind that shows in no trace', { tracing: new Notebook(), clock }],
  ['of an object that is gone', { tracing: new Notebook(), trace: { span: () => undefined }, clock }],
])('a pass %s only looks and writes', async (_what, options) => {
  const pass = new PassSpan<number>(KEY, options);
  let writes = 0;
  expect(pass.look(() => 1)).toBe(1);
  await pass.step('one', () => Promise.resolve(void writes++));
  pass.end(true, []);
  expect(writes).toBe(1);
  expect((options.tracing as Notebook | undefined)?.told ?? []).toEqual([]);
});
