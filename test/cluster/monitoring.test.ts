import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { AgentSandboxMonitoring } from '../../src';
import { LEASE_NAME } from '../../src/api/installation';
import { METRICS, PROCESS_METRICS } from '../../src/api/metrics';
import { alertsOf } from '../../src/constructs/monitoring/alerts';
import { provide } from './build';
import { cluster } from './connection';
import { bundle, Program } from './program';

// The first run builds promtool.
jest.setTimeout(1_200_000);

const JOB = 'job="agent-sandbox-controller"';

let folder: string;
let promtool: string;
beforeAll(async () => {
  promtool = await provide('promtool');
  folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-rules-'));
  writeFileSync(join(folder, 'rules.yaml'), AgentSandboxMonitoring.rules());
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs promtool beside the rules; resolves to what it said, rejects when it found something. */
const judged = async (...args: readonly string[]): Promise<string> => (await promisify(execFile)(promtool, args, { cwd: folder })).stdout;

/** Series as promtool writes them: `5+1x30` grows by 1 a minute from 5 on, thirty times. */
type Series = Readonly<Record<string, string>>;

/** When an alert fires over these series: minutes and the labels beside its severity. */
interface Expectation {
  readonly alert: string;
  readonly series: Series;
  readonly fires: ReadonlyArray<readonly [minute: number, ...labels: ReadonlyArray<Readonly<Record<string, string>>>]>;
}

async function expectAlert({ alert, series, fires }: Expectation): Promise<void> {
  // The labels and no text: that each text is filled in is another test.
  const test = {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: fires.map(([minute, ...labels]) => ({
      expr: `count by (${Object.keys(labels[0] ?? {}).join(', ')}) (ALERTS{alertname="${alert}", alertstate="firing"})`,
      eval_time: `${minute}m`,
      exp_samples: labels.map((each) => ({
        labels: `{${Object.entries(each)
          .map(([label, value]) => `${label}="${value}"`)
          .join(', ')}}`,
        value: 1,
      })),
    })),
  };
  await expectRules(test);
}

/** Lets promtool run one test of its own kind. */
async function expectRules(test: object): Promise<void> {
  writeFileSync(join(folder, 'test.yaml'), stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests: [test] }));
  expect(await judged('test', 'rules', 'test.yaml')).toContain('SUCCESS');
}

test('promtool accepts every rule', async () => {
  expect(await judged('check', 'rules', '--lint-fatal', 'rules.yaml')).toMatch(/SUCCESS: \d+ rules found/);
});

test('an empty pool is told of after ten minutes, one scaled to zero never, and two replicas of the controller count once', async () => {
  const members = (pool: string, state: string, instance = 'a') =>
    `agent_sandbox_ext_members{${JOB}, instance="${instance}", namespace="team", pool="${pool}", state="${state}"}`;
  await expectAlert({
    alert: 'AgentSandboxPoolEmpty',
    series: {
      ...{ [members('dry', 'free')]: '3 0x30', [members('dry', 'starting')]: '2x30', [members('dry', 'starting', 'b')]: '2x30' },
      ...{ [members('zero', 'free')]: '0x30', [members('zero', 'starting')]: '0x30' },
      ...{ [members('full', 'free')]: '5x30', [members('full', 'starting')]: '1x30' },
    },
    fires: [[10], [12, { namespace: 'team', pool: 'dry' }]],
  });
});

test('nobody who leads is told of within three minutes, one of two is enough, and without an election there is nothing to tell', async () => {
  const leader = (instance: string) => `leader_election_master_status{${JOB}, instance="${instance}", name="${LEASE_NAME}"}`;
  await expectAlert({
    alert: 'AgentSandboxNoLeader',
    series: { [leader('a')]: '0x9 1 0x9', [leader('b')]: '1x5 0x20' },
    fires: [[5], [7], [8, {}], [10], [13, {}]],
  });
  await expectAlert({ alert: 'AgentSandboxNoLeader', series: { [`up{${JOB}}`]: '1x9' }, fires: [[9]] });
});

test('the first Sandbox without its NetworkPolicy is told of, for an hour', async () => {
  const made = (controller: string) => `agent_sandbox_ext_unprotected_sandboxes_total{${JOB}, controller="${controller}"}`;
  await expectAlert({
    alert: 'AgentSandboxUnprotected',
    series: { [made('sandboxclaim')]: '0x5 1x90', [made('sandboxwarmpool')]: '0x95' },
    fires: [[4], [7, { controller: 'sandboxclaim' }], [60, { controller: 'sandboxclaim' }], [80]],
  });
});

test('cold starts are told of where the pool is meant to have members', async () => {
  const claims = (pool: string, launchType: string) =>
    `agent_sandbox_claim_creation_total{${JOB}, namespace="team", warmpool_name="${pool}", launch_type="${launchType}"}`;
  const free = (pool: string) => `agent_sandbox_ext_members{${JOB}, namespace="team", pool="${pool}", state="free"}`;
  await expectAlert({
    alert: 'AgentSandboxColdStarts',
    series: {
      ...{ [claims('small', 'cold')]: '0+1x60', [claims('small', 'warm')]: '0+3x60', [free('small')]: '1x60' },
      ...{ [claims('good', 'cold')]: '0+1x60', [claims('good', 'warm')]: '0+30x60', [free('good')]: '1x60' },
      ...{ [claims('none', 'cold')]: '0+1x60', [free('none')]: '0x60' },
    },
    fires: [[10], [40, { namespace: 'team', warmpool_name: 'small' }]],
  });
});

test('claims that never become Ready are told of by template, also when no claim of it ever did', async () => {
  const bound = (template: string) => `agent_sandbox_claim_creation_total{${JOB}, sandbox_template="${template}", launch_type="cold"}`;
  const ready = (template: string) => `agent_sandbox_claim_controller_startup_latency_ms_count{${JOB}, sandbox_template="${template}", launch_type="cold"}`;
  await expectAlert({
    alert: 'AgentSandboxClaimsNotReady',
    series: {
      [bound('broken')]: '0+1x60',
      ...{ [bound('half')]: '0+2x60', [ready('half')]: '0+1x60' },
      ...{ [bound('good')]: '0+2x60', [ready('good')]: '0+2x60' },
    },
    fires: [[5], [30, { sandbox_template: 'broken' }, { sandbox_template: 'half' }]],
  });
});

test('the texts of an alert are filled in', async () => {
  const series = { series: `agent_sandbox_ext_members{${JOB}, namespace="team", pool="python", state="held"}`, values: '3x30' };
  const { meaning, action } = alertsOf('any').find(({ name }) => name === 'AgentSandboxMembersHeld') ?? {};
  const expected = {
    exp_labels: { severity: 'warning', namespace: 'team', pool: 'python' },
    exp_annotations: { summary: 'Pool team/python has 3 members that no node takes', description: `${meaning} ${action}` },
  };
  const alerts = [{ eval_time: '20m', alertname: 'AgentSandboxMembersHeld', exp_alerts: [expected] }];
  await expectRules({ interval: '1m', input_series: [series], alert_rule_test: alerts });
});

test('a controller that runs counts every family that alerts and dashboard may ask for', async () => {
  bundle();
  const namespace = await cluster().namespace('monitoring');
  const args = ['--extensions', `--leader-election-namespace=${namespace}`, `--watch-namespaces=${namespace}`];
  const program = await Program.start({ kubeconfig: cluster().connection.kubeconfig, args });
  try {
    const text = await (await fetch(program.metricsUrl)).text();
    const types = Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name, type]) => `${name} ${type}`);
    expect(types).toEqual(expect.arrayContaining([...Object.values(METRICS), ...Object.values(PROCESS_METRICS)].map(({ name, type }) => `${name} ${type}`)));
    // What an alert compares with zero is there before it happens.
    expect(text).toMatch(/^agent_sandbox_ext_unprotected_sandboxes_total\{controller="sandboxwarmpool"\} 0$/m);
  } finally {
    expect(await program.stop()).toBe(0);
  }
});
