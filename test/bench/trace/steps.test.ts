import { DOMParser, onWarningStopParsing } from '@xmldom/xmldom';
import fc from 'fast-check';
import type { Moments } from './moments';
import { pageOf } from './page';
import { rowsOf, stepsOf } from './steps';

/** Moments of a claim that was asked for at a time, with so many milliseconds between one and the next. */
function momentsAt(zeroMs: number, gaps: readonly number[]): Moments {
  const left = [...gaps];
  let nowMs = zeroMs;
  const next = (): number => (nowMs += left.pop() ?? 1);
  const post = { askedMs: zeroMs, sentMs: zeroMs, receivedMs: next(), doneMs: next(), answeredMs: next() };
  const heardMs = post.receivedMs + (post.doneMs - post.receivedMs) / 2;
  const [a, b, c, pod] = [1, 2, 3, 4].map(() => {
    const askedMs = next();
    return { askedMs, sentMs: askedMs + 0.25, receivedMs: next(), doneMs: next(), answeredMs: next() };
  });
  if (!a || !b || !c || !pod) throw new Error('there are four');
  return { ...{ name: 'c', member: 'm', queueMs: 0.25, passMs: c.answeredMs - a.askedMs }, post, heardMs, a, b, c, pod, readyMs: c.doneMs };
}

const GAPS = fc.array(fc.double({ min: 0.01, max: 9, noNaN: true }), { minLength: 20, maxLength: 20 });

test('the steps of a claim follow each other without a gap, from asking to Ready', () => {
  fc.assert(
    fc.property(GAPS, (gaps) => {
      const moments = momentsAt(1e12, gaps);
      const steps = stepsOf(moments);
      expect(steps[0]?.fromMs).toBe(moments.post.askedMs);
      expect(steps.at(-1)?.toMs).toBe(moments.readyMs);
      for (const [n, { fromMs }] of steps.slice(1).entries()) expect(fromMs).toBe(steps[n]?.toMs);
    }),
  );
});

test('rows count from the moment at which the client asked, and show the part of the server within that of the asker', () => {
  const rows = rowsOf(momentsAt(1000, []));
  expect(rows[0]).toEqual({
    name: 'POST claim',
    bars: [
      { actor: 'client', kind: 'waiting', fromMs: 0, toMs: 0 },
      { actor: 'client', kind: 'whole', fromMs: 0, toMs: 3 },
      { actor: 'server', kind: 'within', fromMs: 1, toMs: 2 },
    ],
    note: '3.0 ms',
  });
  expect(rows.find(({ name }) => name === 'A: PATCH Sandbox')?.bars).toEqual([
    { actor: 'controller', kind: 'waiting', fromMs: 4, toMs: 4.25 },
    { actor: 'controller', kind: 'whole', fromMs: 4.25, toMs: 7 },
    { actor: 'server', kind: 'within', fromMs: 5, toMs: 6 },
  ]);
  expect(rows.find(({ name }) => name === 'read, queued, decided')?.note).toBe('2.5 ms, 0.25 of them in the queue');
});

test('the claim in the middle is drawn, and the table has the steps of all', () => {
  const page = pageOf(
    [9, 1, 2].map((gap) =>
      momentsAt(
        0,
        Array.from({ length: 20 }, () => gap),
      ),
    ),
  );
  expect(page.svg).toContain('Ready after 28.0 ms');
  expect(page.tables[0]).toContain('**28.00**');
  expect(page.tables[0]).toMatch(/POST of the claim[^|]+\| client +\| 2\.00 +\| 2\.00 \(1\.00–9\.00\)/);
});

test('the waterfall of whatever times is well-formed, and its numbers are finite', () => {
  const parser = new DOMParser({ onError: onWarningStopParsing });
  fc.assert(
    fc.property(fc.array(GAPS, { minLength: 1, maxLength: 3 }), (claims) => {
      const { svg } = pageOf(claims.map((gaps) => momentsAt(1e12, gaps)));
      expect(parser.parseFromString(svg, 'image/svg+xml').documentElement?.tagName).toBe('svg');
      expect(svg).not.toMatch(/NaN|Infinity|="-\d/);
    }),
  );
});
