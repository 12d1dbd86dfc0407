import { Chart, Duration, Testing } from 'cdk8s';
import { parse } from 'yaml';
import { FLAGS } from '../../../src/api/flags';
import { METRICS } from '../../../src/api/metrics';
import { AgentSandboxSystem } from '../../../src/constructs/install/agent-sandbox-system';
import { CrdInstallation, type AgentSandboxSystemProps } from '../../../src/constructs/install/system-props';
import { AgentSandboxMonitoring } from '../../../src/constructs/monitoring/agent-sandbox-monitoring';
import { alertsOf } from '../../../src/constructs/monitoring/alerts';
import { ScrapeTarget, type AlertOptions, type MonitoringOptions } from '../../../src/constructs/monitoring/monitoring-options';
import { ROWS } from '../../../src/constructs/monitoring/panels';
import { familiesIn, groupingLabels, problemsOf } from './query-check';

const NAME = 'agent-sandbox-controller';
const KINDS = ['ServiceMonitor', 'PodMonitor', 'PrometheusRule', 'ConfigMap'];
const metadata = { name: NAME, namespace: 'agent-sandbox-system' };

interface Manifest {
  readonly kind: string;
  readonly metadata: object;
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

function rendered(monitoring: MonitoringOptions, props: AgentSandboxSystemProps = {}): readonly Manifest[] {
  const chart = new Chart(Testing.app(), 'test');
  new AgentSandboxSystem(chart, 'system', { crds: CrdInstallation.LEFT_OUT, monitoring, ...props });
  // What cdk8s renders.
  return (Testing.synth(chart) as Manifest[]).filter(({ kind }) => KINDS.includes(kind));
}
const find = (manifests: readonly Manifest[], kind: string): Manifest | undefined => manifests.find((manifest) => manifest.kind === kind);

const alerts = alertsOf('the-job');
const panels = ROWS.flatMap(({ panels: all }) => all);
const queries = [
  ...alerts.map(({ name, expr }) => [name, expr] as const),
  ...panels.flatMap(({ title, queries: all }) => all.map(({ expr }) => [title, expr] as const)),
];

describe('queries', () => {
  test.each(queries)('%s: is PromQL over families and labels of the table, of our job alone', (_, expr) => {
    expect(problemsOf(expr)).toEqual([]);
  });

  test.each([
    ['sum(rate(agent_sandbox_ext_members{job="a"}[5m])', /^no PromQL/],
    ['sum(rate(agent_sandbox_members{job="a"}[5m]))', /^there is no metric agent_sandbox_members$/],
    ['workqueue_depth_bucket{job="a"}', /^there is no metric workqueue_depth_bucket$/],
    ['workqueue_queue_duration_seconds{job="a"}', /^there is no metric workqueue_queue_duration_seconds$/],
    ['workqueue_depth{job="a", controller="sandbox"}', /^workqueue_depth has no label controller$/],
    ['sum by (controller) (workqueue_depth{job="a"})', /^no series here has the label controller$/],
    ['workqueue_depth', /^workqueue_depth is asked of every job$/],
  ])('a mistake would be found: %s', (query, problem) => {
    expect(problemsOf(query)).toEqual([expect.stringMatching(problem)]);
  });

  test('every family of ours is on the dashboard or in an alert, or there is a reason', () => {
    const shown = new Set(queries.flatMap(([, expr]) => familiesIn(expr)));
    const hidden = Object.values(METRICS).filter(({ name }) => name.startsWith('agent_sandbox') && !shown.has(name));
    expect(hidden.map(({ name }) => name)).toEqual([
      // Only where a webhook or a client stamps the claims.
      ...['agent_sandbox_claim_startup_latency_ms', 'agent_sandbox_client_claim_startup_latency_ms'],
      // Versions, which are no diagram; it fills in the choice of the controller.
      'agent_sandbox_build_info',
      // With and without a write: writes per claim say it better.
      'agent_sandbox_ext_claim_reconciles_total',
    ]);
  });
});

describe('alerts', () => {
  test('names are unique, and what the summary tells of is a label of the result', () => {
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
    for (const { name, summary, expr } of alerts) {
      const told = Array.from(summary.matchAll(/\$labels\.(\w+)/g), ([, label = '']) => label);
      expect([name, ...told.filter((label) => !groupingLabels(expr).includes(label))]).toEqual([name]);
    }
  });

  test('other alerts, flags and documents that a text names exist', () => {
    const names = alerts.map(({ name }) => name);
    const flags = FLAGS.map(({ name }) => name);
    for (const { action, source, meaning } of alerts) {
      const text = `${meaning} ${action} ${source}`;
      expect(Array.from(text.matchAll(/AgentSandbox(?!System)\w+/g), ([name]) => name).filter((name) => !names.includes(name))).toEqual([]);
      expect(Array.from(text.matchAll(/flag ([a-z][a-z-]+)/g), ([, flag = '']) => flag).filter((flag) => !flags.includes(flag))).toEqual([]);
    }
  });

  test('the rule file has all of them with what to do, and follows the options', () => {
    const rulesOf = (options?: AlertOptions) =>
      // Written a moment ago.
      (
        parse(AgentSandboxMonitoring.rules(options)) as { readonly groups: ReadonlyArray<{ readonly rules: readonly Record<string, unknown>[] }> }
      ).groups.flatMap(({ rules }) => rules);
    const [first] = alertsOf(NAME);
    expect(rulesOf()[0]).toEqual({
      ...{ alert: first?.name, expr: first?.expr, for: '5m', labels: { severity: 'critical' } },
      annotations: { summary: first?.summary, description: `${first?.meaning} ${first?.action}` },
    });
    expect(rulesOf().map(({ alert }) => alert)).toEqual(alerts.map(({ name }) => name));
    const few = rulesOf({ without: ['AgentSandboxColdStarts'], labels: { team: 'platform' }, job: 'other' });
    expect(few).toHaveLength(alerts.length - 1);
    expect(few[0]).toMatchObject({ expr: 'absent(up{job="other"} == 1)', labels: { severity: 'critical', team: 'platform' } });
    expect(few.filter(({ expr }) => !String(expr).includes('job="other"'))).toEqual([]);
  });
});

describe('the dashboard', () => {
  interface Item {
    readonly id: number;
    readonly type: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: ReadonlyArray<{ readonly refId: string }>;
  }
  // Written a moment ago.
  const board = JSON.parse(AgentSandboxMonitoring.dashboard()) as {
    readonly panels: readonly Item[];
    readonly templating: { readonly list: ReadonlyArray<{ readonly name: string }> };
  };

  test('has each diagram at a place of its own, with its queries', () => {
    const places = board.panels.flatMap(({ id, gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => ({ id, cell: `${x + (n % w)},${y + Math.floor(n / w)}`, isInside: x + w <= 24 })),
    );
    expect(new Set(places.map(({ cell }) => cell)).size).toBe(places.length);
    expect(places.every(({ isInside }) => isInside)).toBe(true);
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(ROWS.length + panels.length);
    const diagrams = board.panels.filter(({ type }) => type === 'timeseries');
    expect(diagrams.map(({ targets }) => targets?.length)).toEqual(panels.map(({ queries: all }) => all.length));
    expect(diagrams.every(({ targets = [] }) => new Set(targets.map(({ refId }) => refId)).size === targets.length)).toBe(true);
  });

  test('uses no variable that it does not ask for', () => {
    const names = board.templating.list.map(({ name }) => name);
    const used = Array.from(AgentSandboxMonitoring.dashboard().matchAll(/\$\{?(\w+)/g), ([, name = '']) => name);
    expect([...new Set(used)].filter((name) => name !== '__rate_interval').sort()).toEqual([...names].sort());
  });
});

describe('what is rendered', () => {
  test('is a ServiceMonitor, the alerts and the dashboard, and each can be left out', () => {
    const manifests = rendered({ labels: { release: 'prometheus' } });
    expect(manifests.map(({ kind }) => kind)).toEqual(['ServiceMonitor', 'PrometheusRule', 'ConfigMap']);
    const labels = { release: 'prometheus' };
    expect(find(manifests, 'PrometheusRule')).toEqual({
      ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: { ...metadata, labels } },
      spec: parse(AgentSandboxMonitoring.rules()) as unknown,
    });
    expect(find(manifests, 'ConfigMap')).toEqual({
      ...{
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'agent-sandbox-dashboard', namespace: 'agent-sandbox-system', labels: { grafana_dashboard: '1' } },
      },
      data: { 'agent-sandbox.json': AgentSandboxMonitoring.dashboard() },
    });
    expect(rendered({ scrape: ScrapeTarget.NONE, prometheusRule: false, dashboardConfigMap: false })).toEqual([]);
  });

  test('the dashboard goes where Grafana looks', () => {
    const options = { namespace: 'monitoring', labels: { dashboards: 'yes' }, folder: 'Platform' };
    expect(find(rendered({ dashboard: options }), 'ConfigMap')?.metadata).toEqual({
      ...{ name: 'agent-sandbox-dashboard', namespace: 'monitoring', labels: { dashboards: 'yes' }, annotations: { grafana_folder: 'Platform' } },
    });
  });

  test('the monitor selects the Service or the Pods and follows the way metrics are served', () => {
    const service = find(rendered({ interval: Duration.minutes(1), labels: { release: 'prometheus' } }), 'ServiceMonitor');
    expect(service).toEqual({
      ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata: { ...metadata, labels: { release: 'prometheus' } } },
      spec: { selector: { matchLabels: { app: NAME } }, endpoints: [{ port: 'metrics', honorLabels: true, interval: '1m' }] },
    });
    expect(find(rendered({ scrape: ScrapeTarget.POD_MONITOR }), 'PodMonitor')).toEqual({
      ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', metadata },
      spec: { selector: { matchLabels: { app: NAME } }, jobLabel: 'app', podMetricsEndpoints: [{ port: 'metrics', honorLabels: true }] },
    });
    const endpointWith = (flags: AgentSandboxSystemProps['flags']) => find(rendered({}, { flags }), 'ServiceMonitor')?.spec;
    expect(endpointWith({ metricsSecureServing: true })).toMatchObject({
      endpoints: [{ port: 'metrics', honorLabels: true, scheme: 'https', tlsConfig: { insecureSkipVerify: true } }],
    });
    expect(endpointWith({ metricsSecureServing: true, metricsCertDir: '/certs' })).toMatchObject({
      endpoints: [{ port: 'metrics', honorLabels: true, scheme: 'https' }],
    });
  });
});
