import { FLAGS } from '../../src/api/flags';
import { labelDomains, Options, tuned, warningsOf } from '../../src/cli/options';

const options = (given: Record<string, string> = {}): Options => new Options(new Map(Object.entries(given)));

test('what is not given has its default', () => {
  expect([
    options().isSet('leader-elect'),
    options().number('kube-api-qps'),
    options().durationMs('sandbox-warm-pool-readiness-grace-period'),
    options().list('watch-namespaces'),
    options().text('cluster-domain'),
  ]).toEqual([true, -1, 300_000, [], 'cluster.local']);
});

test('every duration and number of the table can be read', () => {
  const read = FLAGS.flatMap(({ name, type }) =>
    type === 'duration' ? [options().durationMs(name)] : type === 'int' || type === 'float' ? [options().number(name)] : [],
  );
  expect(read.length).toBeGreaterThan(20);
  expect(read).not.toContain(NaN);
});

test('a flag that is not in the table is a mistake of the program', () => {
  expect(() => options().text('nonsense')).toThrow('there is no flag --nonsense');
});

test('the command line wins over the ConfigMap, and that over the default', () => {
  const { given } = tuned(new Map([['kube-api-burst', '7']]), { 'kube-api-burst': '5', 'kube-api-qps': ' 3.5\n' });
  const both = new Options(given);
  expect([both.number('kube-api-burst'), both.number('kube-api-qps'), both.number('api-connections')]).toEqual([7, 3.5, 1]);
});

test('comments and the label domains are passed over, and other keys are told to have no effect', () => {
  const data = { _note: 'x', '.hidden': 'x', 'allowed-label-domains': 'x', nonsense: 'x', 'leader-elect': 'false' };
  expect(tuned(new Map(), data)).toEqual({ given: new Map(), skipped: ['nonsense is no flag', 'leader-elect can only be set by an argument'] });
});

test('every value that cannot be used is named', () => {
  expect(() => tuned(new Map(), { 'kube-api-burst': '0', 'kube-api-qps': 'fast', 'api-connections': '2' })).toThrow(
    /kube-api-burst: found "0".*; kube-api-qps: found "fast"/,
  );
});

test.each<[string, Record<string, string>, string | undefined]>([
  ['the defaults are fine', {}, undefined],
  ['too many workers', { 'sandbox-concurrent-workers': '1000' }, '1052 workers in all'],
  ['more workers than burst', { 'kube-api-qps': '50' }, '152 workers share --kube-api-burst=10'],
  ['more workers than burst, without a limit', { 'kube-api-burst': '1' }, undefined],
])('%s', (_, given, warning) => {
  expect(warningsOf(options(given)).join()).toMatch(warning === undefined ? /^$/ : new RegExp(`^${warning}`));
});

test.each([
  [undefined, ['sandbox.users.io']],
  ['', ['sandbox.users.io']],
  [' , \n', ['sandbox.users.io']],
  ['Example.com,b.example\r\n c.example \n', ['example.com', 'b.example', 'c.example']],
])('label domains in %j', (text, expected) => {
  expect(labelDomains(text)).toEqual(expected);
});
