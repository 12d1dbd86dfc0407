import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { METRICS } from '../../src/api/metrics';
import { buildProcess } from '../../src/cli/process';
import { Metrics } from '../../src/runtime/metrics';
import { json, StubServer } from '../support/stub-server';

jest.setTimeout(30_000);

let folder: string;
let server: StubServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metrics-'));
  server = await StubServer.start();
  // There is no ConfigMap that tunes anything.
  server.answer = (response) => json(response, 404, { kind: 'Status', reason: 'NotFound', message: 'none' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.stop();
});
afterEach(() => jest.restoreAllMocks());

// Spec 02 §8.1: bucket boundaries A and B; gates interpolate inside them.
const A = [100, 250, 500, 750, 1000, 1250, 1500, 2000, 2500, 5000, 10000, 30000, 60000, 120000, 240000];
const B = [50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 120000, 240000, 300000, 600000];

// Spec 02 §8: type and labels of every family, and the boundaries that it fixes.
const FAMILIES: Readonly<Record<string, readonly [type: 'counter' | 'gauge' | 'histogram', labels: string, buckets?: readonly number[]]>> = {
  agent_sandbox_claim_startup_latency_ms: ['histogram', 'launch_type sandbox_template', A],
  agent_sandbox_claim_controller_startup_latency_ms: ['histogram', 'launch_type sandbox_template', A],
  agent_sandbox_client_claim_startup_latency_ms: ['histogram', 'launch_type sandbox_template', A],
  agent_sandbox_creation_latency_ms: ['histogram', 'launch_type namespace sandbox_template', B],
  agent_sandbox_claim_creation_total: ['counter', 'created_by launch_type namespace pod_condition sandbox_template warmpool_name'],
  agent_sandboxes: ['gauge', 'created_by expired launch_type namespace operating_mode owned_by ready_condition sandbox_template'],
  agent_sandbox_build_info: ['gauge', 'build_date compiler git_commit git_version go_version platform'],
  controller_runtime_reconcile_total: ['counter', 'controller result'],
  controller_runtime_reconcile_errors_total: ['counter', 'controller'],
  controller_runtime_reconcile_time_seconds: ['histogram', 'controller'],
  controller_runtime_max_concurrent_reconciles: ['gauge', 'controller'],
  controller_runtime_active_workers: ['gauge', 'controller'],
  workqueue_depth: ['gauge', 'name'],
  workqueue_adds_total: ['counter', 'name'],
  workqueue_queue_duration_seconds: ['histogram', 'name'],
  workqueue_work_duration_seconds: ['histogram', 'name'],
  workqueue_unfinished_work_seconds: ['gauge', 'name'],
  workqueue_longest_running_processor_seconds: ['gauge', 'name'],
  workqueue_retries_total: ['counter', 'name'],
  rest_client_requests_total: ['counter', 'code host method'],
  leader_election_master_status: ['gauge', 'name'],
  agent_sandbox_ext_claim_stage_seconds: ['histogram', 'launch_type stage'],
  agent_sandbox_ext_api_writes_total: ['counter', 'path resource verb'],
  agent_sandbox_ext_claim_reconciles_total: ['counter', 'outcome'],
  agent_sandbox_ext_cold_starts_total: ['counter', 'reason'],
  agent_sandbox_ext_members: ['gauge', 'namespace pool state'],
  agent_sandbox_ext_claims_waiting: ['gauge', 'namespace pool'],
  agent_sandbox_ext_conflicts_total: ['counter', 'resolution resource'],
  agent_sandbox_ext_duplicates_resolved_total: ['counter', ''],
  agent_sandbox_ext_events_dropped_total: ['counter', 'reason'],
  agent_sandbox_ext_watch_age_seconds: ['gauge', 'resource'],
  agent_sandbox_ext_relists_total: ['counter', 'resource'],
  agent_sandbox_ext_event_loop_delay_seconds: ['gauge', ''],
  // Of spec 04 §3, which asks for one and gives it no name.
  agent_sandbox_ext_unprotected_sandboxes_total: ['counter', 'controller'],
};

/** Every family that the process makes, as the table has it. */
async function familiesOf(flags: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
  const families: Record<string, unknown> = {};
  const heard = (['counter', 'gauge', 'histogram'] as const).map((type) => [type, jest.spyOn(Metrics.prototype, type)] as const);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'd' },
      clusters: [{ name: 'c', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 'x' } }],
      contexts: [{ name: 'd', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
    }),
  );
  await buildProcess({ given: new Map(Object.entries({ kubeconfig, 'zap-log-level': 'error', ...flags })), warnings: [], environment: {}, host: 'h' });
  for (const [type, spy] of heard)
    for (const [family] of spy.mock.calls) {
      const isFixed = FAMILIES[family.name]?.[2] !== undefined;
      families[family.name] = [type, [...family.labelNames].sort().join(' '), ...(isFixed && 'buckets' in family ? [family.buckets] : [])];
    }
  return families;
}

test.each<Readonly<Record<string, string>>>([{ extensions: 'true' }, { extensions: 'true', 'creation-latency-point': 'sandbox' }])(
  'a process has exactly the families of the spec, with their labels and boundaries (%j)',
  async (flags) => {
    expect(await familiesOf(flags)).toEqual(FAMILIES);
  },
);

test('the table of families, from which alerts and dashboard are made, has no other', () => {
  expect(Object.values(METRICS).map(({ name, type, labelNames }) => [name, type, [...labelNames].sort().join(' ')])).toEqual(
    expect.arrayContaining(Object.entries(FAMILIES).map(([name, [type, labels]]) => [name, type, labels])),
  );
  expect(Object.keys(METRICS)).toHaveLength(Object.keys(FAMILIES).length);
});
