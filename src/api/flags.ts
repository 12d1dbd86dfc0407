import { bool, duration, float, int, list, oneOf, text, tunable, type Bounds, type Flag, type Form } from './flag';

/** The flags of the controller (spec 07 §1). One row per flag; the parser, --help, the docs and the constructs read this table. */

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const PORT = '([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';

const DOMAIN: Form = { pattern: new RegExp(`^${LABEL}(\\.${LABEL})*$`), expected: 'a DNS domain' };
const NAMESPACE: Form = { pattern: new RegExp(`^${LABEL}$`), expected: 'the name of a namespace' };
const LABEL_VALUE: Form = { pattern: /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, expected: 'a label value of at most 63 letters, digits and -_.' };
const CIPHER_SUITE: Form = { pattern: /^TLS_[A-Z0-9_]+$/, expected: 'an IANA name such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' };
const ADDRESS: Form = {
  pattern: new RegExp(`^(0|([^\\s:\\[\\]]*|\\[[0-9A-Fa-f:.]+\\]):${PORT})$`),
  expected: 'host:port, :port, or 0 to switch it off',
};
// The spec does not name `panic`, but the logger of the reference knows it, so old manifests may say it.
const LEVEL: Form = { pattern: /^(debug|info|error|panic|[1-9][0-9]*)$/i, expected: 'debug, info, error, panic, or a number above 0' };

// The reference reads counts into a machine integer; more than 2³¹−1 workers or requests is a slip of the pen.
const COUNT: Bounds = { min: 1, max: 2_147_483_647 };
const FROM_ZERO: Bounds = { min: 0 };
const ABOVE_ZERO: Bounds = { above: 0 };

/** Flags that the API has (spec 07 §1.1): manifests and scripts pass them. */
const FLAGS_OF_THE_API: readonly Flag[] = [
  bool('version', false, 'Print build information and exit.'),
  bool('extensions', false, 'Run the controllers of templates, claims and pools too.'),
  text('cluster-domain', 'cluster.local', DOMAIN, 'DNS domain of the cluster, the end of status.serviceFQDN.'),
  bool('leader-elect', true, 'Let only the holder of the Lease work.'),
  text('leader-election-namespace', '', NAMESPACE, 'Namespace of the Lease; empty means that of the in-cluster service account.'),
  text('metrics-bind-address', ':8080', ADDRESS, 'Where /metrics is served; 0 switches it off.'),
  bool('metrics-secure-serving', false, 'Serve metrics by HTTPS, with a self-signed certificate unless metrics-cert-dir is given.'),
  text('metrics-cert-dir', '', undefined, 'Folder with tls.crt and tls.key of the metrics server.'),
  oneOf(
    'tls-min-version',
    '',
    ['VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'],
    'Oldest TLS version of the metrics server; empty means that of the runtime.',
  ),
  list('tls-cipher-suites', CIPHER_SUITE, 'Cipher suites of the metrics server by IANA name, ignored by TLS 1.3; empty means those of the runtime.'),
  text('health-probe-bind-address', ':8081', ADDRESS, 'Where /healthz and /readyz are served; 0 switches them off.'),
  bool('enable-tracing', false, 'Send OpenTelemetry traces.'),
  bool('enable-pprof', false, 'Serve the CPU profile on the metrics server.'),
  bool('enable-pprof-debug', false, 'Serve all profiles on the metrics server.'),
  tunable(int('pprof-block-profile-rate', 1_000_000, {}, 'Accepted for old manifests; without effect outside Go.')),
  tunable(int('pprof-mutex-profile-fraction', 10, {}, 'Accepted for old manifests; without effect outside Go.')),
  tunable(float('kube-api-qps', -1, {}, 'Most requests per second to the API server; negative means no limit.')),
  tunable(int('kube-api-burst', 10, COUNT, 'Requests that may exceed kube-api-qps at once.')),
  tunable(int('api-connections', 1, COUNT, 'Accepted for old manifests; each class of traffic has as many connections as it may have requests on their way.')),
  tunable(bool('separate-watch-connection', false, 'Accepted for old manifests; watches always have connections of their own.')),
  bool('enable-rest-client-metrics', true, 'Count requests to the API server in rest_client_requests_total.'),
  tunable(int('sandbox-concurrent-workers', 100, COUNT, 'Sandboxes worked on at the same time.')),
  tunable(int('sandbox-claim-concurrent-workers', 50, COUNT, 'Claims worked on at the same time.')),
  tunable(int('sandbox-warm-pool-concurrent-workers', 1, COUNT, 'Pools worked on at the same time.')),
  tunable(int('sandbox-template-concurrent-workers', 1, COUNT, 'Templates worked on at the same time.')),
  tunable(int('sandbox-warm-pool-max-batch-size', 300, COUNT, 'Most members that one pass over a pool creates.')),
  tunable(duration('sandbox-warm-pool-replenish-delay', '0', FROM_ZERO, 'How long a pool waits before it replaces members that it has lost.')),
  tunable(float('sandbox-warm-pool-max-refill-rate', 0, FROM_ZERO, 'Most members per second that a pool creates; 0 means no limit.')),
  tunable(duration('sandbox-warm-pool-readiness-grace-period', '5m', ABOVE_ZERO, 'How long a member may take to become Ready where its pool does not say.')),
  tunable(duration('sandbox-warm-pool-unschedulable-recheck-interval', '1m', ABOVE_ZERO, 'How often a pool looks again at members that cannot be scheduled.')),
  tunable(
    duration(
      'sandbox-claim-warm-candidate-grace-period',
      '2s',
      FROM_ZERO,
      'How long a claim waits for members that are starting before it starts a Sandbox of its own.',
    ),
  ),
  tunable(bool('enable-warm-pool-eviction', true, 'Let the cluster autoscaler evict members that nobody has claimed.')),
  bool('cache-label-selectors', false, 'Watch only Pods and Services with the label sandbox-name-hash; others cannot be adopted then.'),
  tunable(bool('disable-sandbox-events', false, 'Write no Events about Sandboxes.')),
  tunable(bool('disable-claim-events', false, 'Write no Events about claims.')),
  tunable(bool('disable-claim-observability-annotations', false, 'Write no annotations about the timing of claims.')),
  tunable(
    duration(
      'sandbox-write-behind-window',
      '0',
      FROM_ZERO,
      'How long a change of the metadata of a Pod that is already owned may be postponed, at most 1s; 0 writes at once.',
    ),
  ),
  duration(
    'sandbox-transitional-status-window',
    '200ms',
    FROM_ZERO,
    'How long a change of status that is only transitional may wait for the next real one; 0 writes at once.',
  ),
  bool('zap-devel', false, 'Log for people instead of machines.'),
  oneOf('zap-encoder', 'json', ['json', 'console'], 'Format of log lines.'),
  text('zap-log-level', 'info', LEVEL, 'Least important messages that are logged; the greater a number, the more is logged.'),
  text('zap-stacktrace-level', 'error', LEVEL, 'Least important messages that carry a stack trace.'),
  // The spec leaves this default open: RFC 3339 is what people and log collectors read without help.
  oneOf('zap-time-encoding', 'rfc3339', ['epoch', 'millis', 'nano', 'iso8601', 'rfc3339', 'rfc3339nano'], 'Format of times in log lines.'),
  text('kubeconfig', '', undefined, 'Path of a kubeconfig; empty means KUBECONFIG, then the in-cluster service account.'),
];

/** Flags of ours (spec 07 §1.2); the ConfigMap may set each of them. */
const FLAGS_OF_OURS: readonly Flag[] = [
  bool('legacy-pod-name-annotation', false, 'Write the annotation pod-name on adopted Sandboxes, for clients older than v1.0.'),
  bool('pod-sandbox-uid-label', false, 'Write the label sandbox-uid on Pods.'),
  oneOf(
    'creation-latency-point',
    'claim',
    ['claim', 'sandbox'],
    'Whether agent_sandbox_creation_latency_ms is observed when the claim or when the Sandbox becomes Ready.',
  ),
  bool('claim-first-ready-annotation', false, 'Write claim-first-ready-at after the first Ready of a claim.'),
  bool(
    'lean-adoption',
    true,
    'Leave the spec of a Sandbox alone in an adoption that changes nothing of its Pod, and let the server forget who set which of its fields.',
  ),
  bool('label-templates', true, 'Write the label sandbox-template-ref-hash on templates.'),
  int('refill-min-free-percent', 10, { min: 0, max: 100 }, 'Percentage of free members below which a pool is refilled even while claims wait.'),
  // 0 events per second would drop all of them, for which there are flags.
  float('event-qps', 20, ABOVE_ZERO, 'Most Events per second.'),
  int('event-burst', 100, COUNT, 'Events that may exceed event-qps at once.'),
  list('created-by-values', LABEL_VALUE, 'Further values of created-by that keep their name on Pods and in metrics.'),
  list('watch-namespaces', NAMESPACE, 'Namespaces to look after; empty means all.'),
  duration('api-request-timeout', '30s', ABOVE_ZERO, 'How long one request to the API server may take.'),
  duration('claim-empty-pool-wait', '0', FROM_ZERO, 'How long a claim waits for any member of an empty pool before it starts a Sandbox of its own.'),
].map(tunable);

/** Every flag, in the order of the spec. */
export const FLAGS: readonly Flag[] = [...FLAGS_OF_THE_API, ...FLAGS_OF_OURS];

/** Flags of older releases that are accepted with any value, logged once and ignored. */
export const REMOVED_FLAGS: readonly string[] = [
  'webhook-port',
  'enable-webhook',
  'manage-webhook-certs',
  'webhook-cert-dir',
  'webhook-cert-name',
  'webhook-key-name',
  'webhook-service-name',
  'webhook-namespace',
];

const BY_NAME = new Map(FLAGS.map((flag) => [flag.name, flag]));

/** The row of a flag, or undefined if there is none of this name. */
export const findFlag = (name: string): Flag | undefined => BY_NAME.get(name);
