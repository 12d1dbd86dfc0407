/** What the controller counts and measures (spec 02 §8): one declaration of each family, for the program, the alerts, the dashboard and docs/monitoring.md. */

/** A family of metrics as it stands behind `/metrics`. */
export interface Family<L extends string = string> {
  readonly name: string;
  /** What one sample says; the HELP line. */
  readonly help: string;
  readonly labelNames: readonly L[];
}

/** A number that only grows. */
export interface CounterFamily<L extends string = string> extends Family<L> {
  readonly type: 'counter';
}

/** A number that goes up and down. */
export interface GaugeFamily<L extends string = string> extends Family<L> {
  readonly type: 'gauge';
}

/** Numbers sorted into buckets by these upper boundaries. */
export interface HistogramFamily<L extends string = string> extends Family<L> {
  readonly type: 'histogram';
  readonly buckets: readonly number[];
}

const counter = <const L extends string>(name: string, labelNames: readonly L[], help: string): CounterFamily<L> => ({
  name,
  type: 'counter',
  help,
  labelNames,
});
const gauge = <const L extends string>(name: string, labelNames: readonly L[], help: string): GaugeFamily<L> => ({ name, type: 'gauge', help, labelNames });
const histogram =
  (...buckets: readonly number[]) =>
  <const L extends string>(name: string, labelNames: readonly L[], help: string): HistogramFamily<L> => ({
    name,
    type: 'histogram',
    help,
    labelNames,
    buckets,
  });

// Spec 02 §8.1; load gates interpolate inside these buckets, so the boundaries are exact.
const startupMs = histogram(100, 250, 500, 750, 1000, 1250, 1500, 2000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 240_000);
const creationMs = histogram(50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 240_000, 300_000, 600_000);
// Of controller-runtime and client-go: dashboards and load gates know these boundaries.
const passSeconds = histogram(
  ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75],
  ...[2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60],
);
const queueSeconds = histogram(1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000);
const stageSeconds = histogram(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120);

const LATENCY = ['launch_type', 'sandbox_template'] as const;

/** Families of Sandboxes, claims and pools; the names of the first seven are those that load gates and dashboards ask for (spec 02 §8.1). */
const OF_KINDS = {
  claimStartup: startupMs('agent_sandbox_claim_startup_latency_ms', LATENCY, 'From the first sight of a webhook to Ready.'),
  claimControllerStartup: startupMs('agent_sandbox_claim_controller_startup_latency_ms', LATENCY, 'From the first sight of the controller to Ready.'),
  clientClaimStartup: startupMs('agent_sandbox_client_claim_startup_latency_ms', LATENCY, 'From the request of the client to Ready.'),
  creation: creationMs('agent_sandbox_creation_latency_ms', ['namespace', ...LATENCY], 'From the creation of a Sandbox to its Ready.'),
  claimCreations: counter(
    'agent_sandbox_claim_creation_total',
    ['namespace', 'sandbox_template', 'launch_type', 'warmpool_name', 'pod_condition', 'created_by'],
    'Claims that have got a Sandbox.',
  ),
  sandboxes: gauge(
    'agent_sandboxes',
    ['namespace', 'ready_condition', 'expired', 'launch_type', 'sandbox_template', 'owned_by', 'created_by', 'operating_mode'],
    'Sandboxes.',
  ),
  buildInfo: gauge(
    'agent_sandbox_build_info',
    // The names of the labels are those of the Go implementation; dashboards ask for them.
    ['git_version', 'git_commit', 'build_date', 'go_version', 'compiler', 'platform'],
    'Always 1; the labels tell what runs.',
  ),
  claimStages: stageSeconds('agent_sandbox_ext_claim_stage_seconds', ['stage', 'launch_type'], 'Time that a claim spends in each stage.'),
  claimPasses: counter('agent_sandbox_ext_claim_reconciles_total', ['outcome'], 'Passes over claims.'),
  coldStarts: counter('agent_sandbox_ext_cold_starts_total', ['reason'], 'Claims that got no member, and why.'),
  members: gauge('agent_sandbox_ext_members', ['namespace', 'pool', 'state'], 'Members of pools by what claims may do with them.'),
  claimsWaiting: gauge('agent_sandbox_ext_claims_waiting', ['namespace', 'pool'], 'Claims that wait for a member that is starting.'),
  duplicates: counter('agent_sandbox_ext_duplicates_resolved_total', [], 'Sandboxes deleted because their claim had another one.'),
  unprotected: counter('agent_sandbox_ext_unprotected_sandboxes_total', ['controller'], 'Sandboxes made before the NetworkPolicy of their template.'),
};

/** Families of the kernel: those that controllers usually have (spec 02 §8.3), and ours (§8.4). */
const OF_KERNEL = {
  passes: counter('controller_runtime_reconcile_total', ['controller', 'result'], 'Passes.'),
  passErrors: counter('controller_runtime_reconcile_errors_total', ['controller'], 'Passes that failed.'),
  passSeconds: passSeconds('controller_runtime_reconcile_time_seconds', ['controller'], 'Duration of passes.'),
  maxWorkers: gauge('controller_runtime_max_concurrent_reconciles', ['controller'], 'Most passes at the same time.'),
  activeWorkers: gauge('controller_runtime_active_workers', ['controller'], 'Passes under way.'),
  queueDepth: gauge('workqueue_depth', ['name'], 'Keys that wait for a worker.'),
  queueAdds: counter('workqueue_adds_total', ['name'], 'Keys that were added.'),
  queueSeconds: queueSeconds('workqueue_queue_duration_seconds', ['name'], 'How long keys waited for a worker.'),
  workSeconds: queueSeconds('workqueue_work_duration_seconds', ['name'], 'How long keys were worked on.'),
  unfinishedSeconds: gauge('workqueue_unfinished_work_seconds', ['name'], 'How long all passes under way have taken so far, in sum.'),
  longestSeconds: gauge('workqueue_longest_running_processor_seconds', ['name'], 'How long the longest pass under way has taken so far.'),
  queueRetries: counter('workqueue_retries_total', ['name'], 'Keys that came back after a failure.'),
  requests: counter('rest_client_requests_total', ['code', 'host', 'method'], 'HTTP requests to the API server.'),
  leader: gauge('leader_election_master_status', ['name'], '1 for the leader.'),
  writes: counter('agent_sandbox_ext_api_writes_total', ['verb', 'resource', 'path'], 'Writes that were sent, by purpose.'),
  conflicts: counter('agent_sandbox_ext_conflicts_total', ['resource', 'resolution'], 'Writes that were based on an old state.'),
  droppedEvents: counter('agent_sandbox_ext_events_dropped_total', ['reason'], 'Events that were not sent.'),
  watchAge: gauge('agent_sandbox_ext_watch_age_seconds', ['resource'], 'Since when nothing was heard of a watch.'),
  relists: counter('agent_sandbox_ext_relists_total', ['resource'], 'How often the whole state was read again.'),
  eventLoopDelay: gauge(
    'agent_sandbox_ext_event_loop_delay_seconds',
    [],
    '99th percentile since the last time this was read of how late the event loop came to a timer.',
  ),
};

/** Every family of ours, by a name of the house. */
export const METRICS = { ...OF_KINDS, ...OF_KERNEL };

/** Of what the libraries count about the process (spec 02 §8.3), the families that alerts and dashboard ask for. */
export const PROCESS_METRICS = {
  cpuSeconds: counter('process_cpu_seconds_total', [], 'Processor time, of user and system.'),
  residentBytes: gauge('process_resident_memory_bytes', [], 'Memory (RSS).'),
  startSeconds: gauge('process_start_time_seconds', [], 'When the process started, in seconds since 1970.'),
};

/** Values of `reason` of `agent_sandbox_ext_cold_starts_total` (spec 02 §8.4). */
export const COLD_REASONS = ['empty_pool', 'no_ip_in_time', 'env', 'volume_claim_templates', 'stale', 'pool_unresolved'] as const;
