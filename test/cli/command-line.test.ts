import { FLAGS, REMOVED_FLAGS } from '../../src/api/flags';
import { parseCommandLine, usage } from '../../src/cli/command-line';

const givenBy = (...args: string[]): object => {
  const line = parseCommandLine(args);
  return line.says === 'run' ? Object.fromEntries(line.given) : line;
};
const warningsOf = (...args: string[]): readonly string[] => {
  const line = parseCommandLine(args);
  return line.says === 'run' ? line.warnings : [];
};

test.each<[string[], object]>([
  [[], {}],
  [['--extensions'], { extensions: 'true' }],
  [['-extensions'], { extensions: 'true' }],
  [['--extensions=f', '-leader-elect=T'], { extensions: 'f', 'leader-elect': 'T' }],
  [['--cluster-domain=k8s.example'], { 'cluster-domain': 'k8s.example' }],
  [['-cluster-domain', 'k8s.example'], { 'cluster-domain': 'k8s.example' }],
  [['--kube-api-qps=-1.000000'], { 'kube-api-qps': '-1.000000' }],
  [['--kube-api-qps', '-1'], { 'kube-api-qps': '-1' }],
  [['--sandbox-warm-pool-replenish-delay=1h30m'], { 'sandbox-warm-pool-replenish-delay': '1h30m' }],
  [['--kubeconfig='], { kubeconfig: '' }],
  [['--kubeconfig=a=b'], { kubeconfig: 'a=b' }],
  [['--extensions', '--extensions=false'], { extensions: 'false' }],
  [['--extensions', '--', '--leader-elect=false'], { extensions: 'true' }],
  [['--extensions', 'false', '--leader-elect=false'], { extensions: 'true' }],
  [
    ['--metrics-bind-address=:8081', '--health-probe-bind-address=:8082', '--leader-election-namespace=agent-sandbox-system'],
    { 'metrics-bind-address': ':8081', 'health-probe-bind-address': ':8082', 'leader-election-namespace': 'agent-sandbox-system' },
  ],
])('%j', (args, expected) => {
  expect(givenBy(...args)).toEqual(expected);
});

test.each<[string[], string]>([
  [['--extension'], 'unknown flag --extension; did you mean --extensions?'],
  [['--completely-different'], 'unknown flag --completely-different'],
  [['--kubeconfig'], 'flag --kubeconfig needs a value'],
  [['--leader-elect=yes'], '--leader-elect: found "yes", expected true or false'],
  [['--sandbox-concurrent-workers=0'], '--sandbox-concurrent-workers: found "0", expected a whole number'],
  [['--sandbox-warm-pool-readiness-grace-period=5'], '--sandbox-warm-pool-readiness-grace-period: found "5", expected a duration'],
])('%j is nonsense', (args, problem) => {
  expect(parseCommandLine(args)).toEqual({ says: 'nonsense', problem: expect.stringContaining(problem) as string });
});

test.each(['-h', '--help', '-help', '--h'])('%s asks for help, whatever follows', (flag) => {
  expect(parseCommandLine([flag, '--nonsense'])).toEqual({ says: 'help' });
});

test.each(REMOVED_FLAGS)('the removed flag %s is accepted with any value, and warned about once', (name) => {
  const warnings = warningsOf(`--${name}=whatever`, `--${name}=again`, '--extensions');
  expect(warnings).toEqual([expect.stringContaining(`--${name} was removed`)]);
  expect(givenBy(`--${name}=whatever`, '--extensions')).toEqual({ extensions: 'true' });
});

test('a removed flag takes its value from the next argument as it did, unless it was a boolean', () => {
  expect(givenBy('--webhook-port', '9443', '--extensions')).toEqual({ extensions: 'true' });
  expect(givenBy('--enable-webhook', '--extensions')).toEqual({ extensions: 'true' });
});

test('arguments behind the flags are told to have no effect', () => {
  expect(warningsOf('--extensions', 'false')).toEqual(['arguments that are no flags have no effect: false']);
  expect(warningsOf('--extensions', '--')).toEqual([]);
});

test('the help tells of every flag', () => {
  const text = usage('agent-sandbox-controller');
  for (const { name, doc } of FLAGS) expect(text).toMatch(new RegExp(`--${name}\\b[^]*?${doc.slice(0, 20).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
});
