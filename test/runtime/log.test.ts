import { Log, type LogOptions } from '../../src/runtime/log';

function logged(options: Partial<LogOptions>, say: (log: Log) => void): string[] {
  const lines: string[] = [];
  const nowMs = (): number => Date.parse('2026-11-24T12:00:00.250Z');
  say(new Log({ level: 'info', stackLevel: 'panic', encoder: 'json', timeEncoding: 'rfc3339', nowMs, write: (line) => lines.push(line), ...options }));
  return lines;
}

const everyLevel = (log: Log): void => {
  log.debug('d');
  log.info('i');
  log.error('e');
};
const levelsOf = (level: string): string[] => logged({ level }, everyLevel).map((line) => (JSON.parse(line) as { level: string }).level);

test('a line is one JSON object with its level, time, origin, text and fields', () => {
  expect(logged({}, (log) => log.named('sandbox').info('pass', { key: 'team/alice', writes: 2 }))).toEqual([
    '{"level":"info","ts":"2026-11-24T12:00:00Z","logger":"sandbox","msg":"pass","key":"team/alice","writes":2}\n',
  ]);
});

test('people get the same without braces around it', () => {
  expect(logged({ encoder: 'console' }, (log) => log.named('sandbox').error('pass', { key: 'a' }))).toEqual([
    '2026-11-24T12:00:00Z  ERROR  sandbox: pass  {"key":"a"}\n',
  ]);
  expect(logged({ encoder: 'console' }, (log) => log.info('pass'))).toEqual(['2026-11-24T12:00:00Z  INFO   pass\n']);
});

test.each([
  ['debug', ['debug', 'info', 'error']],
  ['5', ['debug', 'info', 'error']],
  ['info', ['info', 'error']],
  ['ERROR', ['error']],
  ['panic', []],
])('level %s writes %j', (level, expected) => {
  expect(levelsOf(level)).toEqual(expected);
});

test.each([
  ['epoch', 1795521600.25],
  ['millis', 1795521600250],
  ['nano', 1795521600250000000],
  ['iso8601', '2026-11-24T12:00:00.250+0000'],
  ['rfc3339', '2026-11-24T12:00:00Z'],
  ['rfc3339nano', '2026-11-24T12:00:00.250Z'],
])('time as %s', (timeEncoding, ts) => {
  expect(JSON.parse(logged({ timeEncoding }, (log) => log.info('x'))[0] ?? '')).toMatchObject({ ts });
});

test('an error is told by its message, and with its stack only where that is asked for', () => {
  const say = (log: Log): void => log.error('failed', { error: new Error('no') });
  expect(JSON.parse(logged({}, say)[0] ?? '')).toEqual({ level: 'error', ts: '2026-11-24T12:00:00Z', msg: 'failed', error: 'no' });
  expect(JSON.parse(logged({ stackLevel: 'error' }, say)[0] ?? '')).toMatchObject({ error: 'no', errorStack: expect.stringContaining('log.test') as string });
});

test('fields that are no JSON do not lose the line', () => {
  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  expect(logged({}, (log) => log.info('x', { circle, big: 1n }))).toEqual([expect.stringContaining('a message with fields that are no JSON')]);
  expect(logged({}, (log) => log.info('x', { big: 1n }))).toEqual([expect.stringContaining('"big":"1"')]);
});
