import * as fc from 'fast-check';
import { durationText, listItems, parseBool, parseDuration, problemOfValue } from '../../src/api/flag-values';
import { findFlag, FLAGS, REMOVED_FLAGS } from '../../src/api/flags';
import { ALLOWED_LABEL_DOMAINS } from '../../src/api/installation';

/** Spec 07 §1.1 and §1.2: name, type, default; `t` where §2 lets the ConfigMap set it. */
const SPEC: ReadonlyArray<readonly [string, string, unknown, 't'?]> = [
  ['version', 'bool', false],
  ['extensions', 'bool', false],
  ['cluster-domain', 'string', 'cluster.local'],
  ['leader-elect', 'bool', true],
  ['leader-election-namespace', 'string', ''],
  ['metrics-bind-address', 'string', ':8080'],
  ['metrics-secure-serving', 'bool', false],
  ['metrics-cert-dir', 'string', ''],
  ['tls-min-version', 'enum', ''],
  ['tls-cipher-suites', 'list', ''],
  ['health-probe-bind-address', 'string', ':8081'],
  ['enable-tracing', 'bool', false],
  ['enable-pprof', 'bool', false],
  ['enable-pprof-debug', 'bool', false],
  ['pprof-block-profile-rate', 'int', 1000000, 't'],
  ['pprof-mutex-profile-fraction', 'int', 10, 't'],
  ['kube-api-qps', 'float', -1, 't'],
  ['kube-api-burst', 'int', 10, 't'],
  ['api-connections', 'int', 1, 't'],
  ['separate-watch-connection', 'bool', false, 't'],
  ['enable-rest-client-metrics', 'bool', true],
  ['sandbox-concurrent-workers', 'int', 100, 't'],
  ['sandbox-claim-concurrent-workers', 'int', 50, 't'],
  ['sandbox-warm-pool-concurrent-workers', 'int', 1, 't'],
  ['sandbox-template-concurrent-workers', 'int', 1, 't'],
  ['sandbox-warm-pool-max-batch-size', 'int', 300, 't'],
  ['sandbox-warm-pool-replenish-delay', 'duration', '0', 't'],
  ['sandbox-warm-pool-max-refill-rate', 'float', 0, 't'],
  ['sandbox-warm-pool-readiness-grace-period', 'duration', '5m', 't'],
  ['sandbox-warm-pool-unschedulable-recheck-interval', 'duration', '1m', 't'],
  ['sandbox-claim-warm-candidate-grace-period', 'duration', '2s', 't'],
  ['enable-warm-pool-eviction', 'bool', true, 't'],
  ['cache-label-selectors', 'bool', false],
  ['disable-sandbox-events', 'bool', false, 't'],
  ['disable-claim-events', 'bool', false, 't'],
  ['disable-claim-observability-annotations', 'bool', false, 't'],
  ['sandbox-write-behind-window', 'duration', '0', 't'],
  ['sandbox-transitional-status-window', 'duration', '200ms'],
  ['zap-devel', 'bool', false],
  ['zap-encoder', 'enum', 'json'],
  ['zap-log-level', 'string', 'info'],
  ['zap-stacktrace-level', 'string', 'error'],
  ['zap-time-encoding', 'enum', 'rfc3339'],
  ['kubeconfig', 'string', ''],
  ['legacy-pod-name-annotation', 'bool', false, 't'],
  ['pod-sandbox-uid-label', 'bool', false, 't'],
  ['creation-latency-point', 'enum', 'claim', 't'],
  ['claim-first-ready-annotation', 'bool', false, 't'],
  ['lean-adoption', 'bool', true, 't'],
  ['label-templates', 'bool', true, 't'],
  ['refill-min-free-percent', 'int', 10, 't'],
  ['event-qps', 'float', 20, 't'],
  ['event-burst', 'int', 100, 't'],
  ['created-by-values', 'list', '', 't'],
  ['watch-namespaces', 'list', '', 't'],
  ['api-request-timeout', 'duration', '30s', 't'],
  ['claim-empty-pool-wait', 'duration', '0', 't'],
];

test('the table holds the flags of the spec in their order, with type, default and tuning', () => {
  expect(FLAGS.map(({ name, type, default: preset, tunable }) => [name, type, preset, ...(tunable ? ['t'] : [])])).toEqual(SPEC);
});

test('every default is a value that its flag accepts', () => {
  expect(FLAGS.map((flag) => problemOfValue(flag, String(flag.default)))).toEqual(FLAGS.map(() => undefined));
});

test('every flag says in one sentence what it does', () => {
  expect(FLAGS.filter(({ doc }) => !/^[A-Z].*\.$/.test(doc) || /\. [A-Z]/.test(doc))).toEqual([]);
});

test('a removed flag is no flag, and neither is the key of the ConfigMap that holds the label domains', () => {
  expect([...REMOVED_FLAGS, ALLOWED_LABEL_DOMAINS].filter((name) => findFlag(name))).toEqual([]);
  expect(REMOVED_FLAGS).toHaveLength(8);
});

const problem = (name: string, value: string): string | undefined => {
  const flag = findFlag(name);
  if (!flag) throw new Error(`no flag ${name}`);
  return problemOfValue(flag, value);
};

test.each([
  ['extensions', ['1', 't', 'T', 'true', 'TRUE', 'True', '0', 'f', 'F', 'false', 'FALSE', 'False']],
  ['kube-api-qps', ['-1.000000', '-1', '+2.5', '.5', '1.', '1e3', '0']],
  ['kube-api-burst', ['1', '+10', '2147483647']],
  ['pprof-block-profile-rate', ['-1', '0']],
  ['refill-min-free-percent', ['0', '100']],
  ['sandbox-warm-pool-replenish-delay', ['0', '300ms', '1.5s', '5m', '1h30m', '.5s', '1.s', '+1s', '1us', '1µs', '1μs', '1ns']],
  ['sandbox-warm-pool-readiness-grace-period', ['1ns', '2562047h']],
  ['tls-min-version', ['', 'VersionTLS10', 'VersionTLS13']],
  ['tls-cipher-suites', ['', 'TLS_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_CBC_SHA,']],
  ['metrics-bind-address', ['0', ':8080', ':0', '0.0.0.0:65535', 'localhost:1', '[::1]:8443']],
  ['cluster-domain', ['cluster.local', 'k8s', `${'a'.repeat(63)}.b`]],
  ['leader-election-namespace', ['', 'agent-sandbox-system']],
  ['watch-namespaces', ['', 'a', 'a,b', ' a , b ']],
  ['created-by-values', ['My_client.2']],
  ['zap-log-level', ['debug', 'INFO', 'error', 'panic', '1', '10']],
  ['zap-encoder', ['json', 'console']],
  ['kubeconfig', ['', '/any path/at all']],
])('--%s accepts %j', (name, values) => {
  expect(values.map((value) => [value, problem(name, value)])).toEqual(values.map((value) => [value, undefined]));
});

test.each([
  ['extensions', 'yes', 'found "yes", expected true or false'],
  ['extensions', '', 'found "", expected true or false'],
  ['kube-api-burst', '0', 'found "0", expected a whole number of at least 1 and at most 2147483647'],
  ['kube-api-burst', '2147483648', 'found "2147483648", expected a whole number of at least 1 and at most 2147483647'],
  ['kube-api-burst', '1.5', 'found "1.5", expected a whole number of at least 1 and at most 2147483647'],
  ['kube-api-burst', '0x10', 'found "0x10", expected a whole number of at least 1 and at most 2147483647'],
  ['pprof-block-profile-rate', '9007199254740993', 'found "9007199254740993", expected a whole number'],
  ['kube-api-qps', 'NaN', 'found "NaN", expected a finite number'],
  ['kube-api-qps', '1e999', 'found "1e999", expected a finite number'],
  ['sandbox-warm-pool-max-refill-rate', '-0.1', 'found "-0.1", expected a finite number of at least 0'],
  ['event-qps', '0', 'found "0", expected a finite number above 0'],
  ['refill-min-free-percent', '101', 'found "101", expected a whole number of at least 0 and at most 100'],
  ['sandbox-warm-pool-replenish-delay', '-1s', 'found "-1s", expected a duration of at least 0 such as 300ms, 1.5s or 1h30m'],
  ['sandbox-warm-pool-readiness-grace-period', '0', 'found "0", expected a duration above 0 such as 300ms, 1.5s or 1h30m'],
  ['sandbox-warm-pool-readiness-grace-period', '5', 'found "5", expected a duration above 0 such as 300ms, 1.5s or 1h30m'],
  ['tls-min-version', 'TLS12', 'found "TLS12", expected one of VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13'],
  ['tls-cipher-suites', 'TLS_AES_128_GCM_SHA256,rc4', 'found "rc4", expected an IANA name such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
  ['metrics-bind-address', '8080', 'found "8080", expected host:port, :port, or 0 to switch it off'],
  ['metrics-bind-address', ':65536', 'found ":65536", expected host:port, :port, or 0 to switch it off'],
  ['cluster-domain', '', 'found "", expected a DNS domain'],
  ['cluster-domain', 'Cluster.local', 'found "Cluster.local", expected a DNS domain'],
  ['watch-namespaces', 'a,B', 'found "B", expected the name of a namespace'],
  ['created-by-values', 'a b', 'found "a b", expected a label value of at most 63 letters, digits and -_.'],
  ['zap-log-level', '0', 'found "0", expected debug, info, error, panic, or a number above 0'],
  ['zap-log-level', 'verbose', 'found "verbose", expected debug, info, error, panic, or a number above 0'],
])('--%s refuses %j: %s', (name, value, expected) => {
  expect(problem(name, value)).toBe(expected);
});

test.each<[string, number | undefined]>([
  ['0', 0],
  ['-0', 0],
  ['300ms', 300],
  ['1.5s', 1500],
  ['1h30m', 5_400_000],
  ['-1.5h', -5_400_000],
  ['1m1ms', 60_001],
  ['2us', 0.002],
  ['2562047h47m16.854s', 9_223_372_036_854],
  ['2562048h', undefined],
  ['', undefined],
  ['-', undefined],
  ['.', undefined],
  ['.s', undefined],
  ['1', undefined],
  ['1d', undefined],
  ['s', undefined],
  ['1s ', undefined],
  ['1e3s', undefined],
  ['--1s', undefined],
  ['1s\n', undefined],
])('the duration %j has %p milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test('a duration that was written is read back', () => {
  fc.assert(fc.property(fc.nat({ max: 9_000_000_000_000 }), (ms) => parseDuration(durationText(ms)) === ms));
});

test('a duration is written in the shortest way', () => {
  expect([0, 1, 200, 1500, 60_000, 5_400_000].map(durationText)).toEqual(['0', '1ms', '200ms', '1s500ms', '1m', '1h30m']);
});

test('a boolean has the twelve forms of the command line and no other', () => {
  expect(['T', 'True', '1', 'F', 'False', '0', 'tRUE', '', 'y'].map(parseBool)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    undefined,
    undefined,
    undefined,
  ]);
});

test('a list is trimmed and empty items are dropped', () => {
  expect(listItems(' a, ,b,')).toEqual(['a', 'b']);
});
