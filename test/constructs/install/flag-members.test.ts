import { Duration } from 'cdk8s';
import { memberName } from '../../../src/api/flag';
import { FLAGS } from '../../../src/api/flags';
import { CreationLatencyPoint, TlsMinVersion, type ControllerFlags } from '../../../src/constructs/install/controller-flags.generated';
import { flagValues } from '../../../src/constructs/install/flag-members';

/** A value of each type of flag, as a program would give it. */
const SAMPLE = { bool: true, int: 7, float: 7.5, duration: Duration.minutes(90), string: undefined, list: undefined, enum: undefined };
const TEXTS: Readonly<Record<string, string | readonly string[]>> = {
  'cluster-domain': 'example.com',
  'leader-election-namespace': 'elsewhere',
  'metrics-bind-address': '0',
  'metrics-cert-dir': '/certs',
  'tls-min-version': TlsMinVersion.VERSION_TLS13,
  'tls-cipher-suites': ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'],
  'health-probe-bind-address': ':9',
  'zap-encoder': 'console',
  'zap-log-level': '5',
  'zap-stacktrace-level': 'panic',
  'zap-time-encoding': 'nano',
  kubeconfig: '/config',
  'creation-latency-point': CreationLatencyPoint.SANDBOX,
  'created-by-values': ['a'],
  'watch-namespaces': ['a', 'b'],
};

test('every flag has a member whose value reaches the command line, in the order of the table', () => {
  const given = Object.fromEntries([...FLAGS].reverse().map((flag) => [memberName(flag), SAMPLE[flag.type] ?? TEXTS[flag.name]]));
  const written = { bool: 'true', int: '7', float: '7.5', duration: '1h30m' };
  const expected = FLAGS.map(({ name, type }) => [name, type in written ? written[type as keyof typeof written] : String(TEXTS[name])]);
  expect([...flagValues(given, '')]).toEqual(expected);
});

test('a member that is undefined is left out', () => {
  expect([...flagValues({ kubeApiQps: undefined, labelTemplates: false }, '')]).toEqual([['label-templates', 'false']]);
});

test.each<[ControllerFlags, string]>([
  [{ kubeApiQps: -1 }, '-1'],
  [{ kubeApiQps: 1e21 }, '1e+21'],
  [{ sandboxWriteBehindWindow: Duration.seconds(2.3) }, '2s300ms'],
  [{ sandboxWriteBehindWindow: Duration.millis(0) }, '0'],
])('%j is written as %s', (flags, text) => {
  expect([...flagValues(flags, '').values()]).toEqual([text]);
});

test.each<[unknown, string]>([
  [{ kubeApiBurst: 0 }, 'flags.kubeApiBurst (--kube-api-burst): found "0", expected a whole number of at least 1 and at most 2147483647'],
  [{ kubeApiBurst: 1.5 }, 'flags.kubeApiBurst (--kube-api-burst): found "1.5", expected a whole number of at least 1'],
  [{ kubeApiBurst: '5' }, 'flags.kubeApiBurst (--kube-api-burst): found "5", expected a whole number of at least 1'],
  [{ kubeApiQps: NaN }, 'flags.kubeApiQps (--kube-api-qps): found "NaN", expected a finite number'],
  [{ leanAdoption: 'yes' }, 'flags.leanAdoption (--lean-adoption): found "yes", expected true or false'],
  [
    { sandboxWriteBehindWindow: Duration.millis(0.5) },
    'flags.sandboxWriteBehindWindow (--sandbox-write-behind-window): found 0.5 ms, expected a Duration of whole milliseconds',
  ],
  [{ apiRequestTimeout: '30s' }, 'flags.apiRequestTimeout (--api-request-timeout): found "30s", expected a Duration of whole milliseconds'],
  [{ apiRequestTimeout: Duration.millis(0) }, 'flags.apiRequestTimeout (--api-request-timeout): found "0", expected a duration above 0 such as'],
  [{ createdByValues: [] }, 'flags.createdByValues (--created-by-values): found [], expected a list of at least one item, each a label value'],
  [{ createdByValues: ['a,b'] }, 'flags.createdByValues (--created-by-values): found ["a,b"], expected a list of at least one item, each a label value'],
  [{ createdByValues: 'a' }, 'flags.createdByValues (--created-by-values): found "a", expected a list'],
  [{ watchNamespaces: ['a', 'B'] }, 'flags.watchNamespaces (--watch-namespaces): found "B", expected the name of a namespace'],
  [{ zapEncoder: 'xml' }, 'flags.zapEncoder (--zap-encoder): found "xml", expected one of json, console'],
  [{ clusterDomain: 5 }, 'flags.clusterDomain (--cluster-domain): found 5, expected a DNS domain'],
  [{ kubeApiQPS: 5 }, 'flags.kubeApiQPS: the controller has no such flag; did you mean kubeApiQps?'],
  [{ 'web-hook': true }, 'flags.web-hook: the controller has no such flag'],
])('%j is refused', (flags, message) => {
  // What plain JavaScript can give.
  expect(() => flagValues(flags as ControllerFlags, 'flags.')).toThrow(message);
});
