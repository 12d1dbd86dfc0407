import { CONTROLLER_NAME } from '../src/api/installation';
import { METRICS, type Family } from '../src/api/metrics';
import { alertsOf, type Alert } from '../src/constructs/monitoring/alerts';
import { ROWS } from '../src/constructs/monitoring/panels';

/** docs/monitoring.md, as it follows from the tables of metrics, alerts and diagrams. */
export function monitoringPage(): string {
  const alerts = alertsOf(CONTROLLER_NAME);
  return [HEAD, overview(alerts), ...alerts.map(section), DASHBOARD, rows(), FAMILIES, families()].join('\n\n') + '\n';
}

const HEAD = `# Monitoring

Written by \`npm run docs\` from the tables in \`src/api/metrics.ts\` and \`src/constructs/monitoring\`, from which rules and dashboard are made too.

With the Prometheus Operator, one prop renders a ServiceMonitor, a PrometheusRule with the alerts below, and a ConfigMap from which Grafana's sidecar loads
the dashboard:

\`\`\`ts
new AgentSandboxSystem(chart, 'system', {
  monitoring: {
    // By this kube-prometheus-stack finds monitors and rules; the release has this name.
    labels: { release: 'prometheus' },
    alerts: { labels: { team: 'platform' }, without: ['AgentSandboxColdStarts'] },
    dashboard: { namespace: 'monitoring', folder: 'Platform' },
  },
});
\`\`\`

Without it, write the same into files, and have Prometheus scrape the Service \`agent-sandbox-controller\` in \`agent-sandbox-system\`, port 8080:

\`\`\`sh
node --print "require('cdk8s-agent-sandbox').AgentSandboxMonitoring.rules()" > agent-sandbox-rules.yaml
node --print "require('cdk8s-agent-sandbox').AgentSandboxMonitoring.dashboard()" > agent-sandbox-dashboard.json
\`\`\`

\`\`\`text
# prometheus.yml
rule_files: [agent-sandbox-rules.yaml]
scrape_configs:
  - job_name: agent-sandbox-controller
    # namespace in the metrics is that of a claim or pool.
    honor_labels: true
    kubernetes_sd_configs: [{ role: pod, namespaces: { names: [agent-sandbox-system] } }]
    relabel_configs:
      - { source_labels: [__meta_kubernetes_pod_label_app, __meta_kubernetes_pod_container_port_name], regex: agent-sandbox-controller;metrics, action: keep }
\`\`\`

Every query asks for \`job="agent-sandbox-controller"\`, because other controllers have metrics of the same names. Where Prometheus calls it otherwise, say so:
\`alerts: { job: '…' }\`; the dashboard asks. The NetworkPolicy that the prop \`networkPolicy\` renders lets Prometheus in, from anywhere.

## Alerts

\`critical\`: agents are kept from working, or are not shut in. \`warning\`: look at it by day. When several come at once, begin with the one that is highest in
this list.`;

const DASHBOARD = `## The dashboard

Gauges of Sandboxes and members are in every process of the controller, also in one that stands by; the dashboard and the alerts count each once
(\`max by (…)\`). Do the same in queries of your own.`;

const FAMILIES = `## Metrics

Those with the prefix \`agent_sandbox_ext_\` are of this implementation alone. Beside them there are \`process_*\` and \`nodejs_*\`.`;

function overview(alerts: readonly Alert[]): string {
  const lines = alerts.map((alert) => `| [${alert.name}](#${alert.name.toLowerCase()}) | ${alert.severity} | ${alert.for} | ${summaryOf(alert)} |`);
  return ['| alert | severity | after | says |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** The summary with the names of what Prometheus fills in. */
const summaryOf = ({ summary }: Alert): string => summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '_$1_').replaceAll(/\{\{ \$value.*?\}\}/g, '_n_');

function section(alert: Alert): string {
  const { name, expr, meaning, action, source } = alert;
  const parts = [`${summaryOf(alert)}.`, meaning, `**What to do.** ${action}`, `**Why this threshold.** ${source}`];
  return [`### ${name}`, ...parts.map(escaped), `\`\`\`text\n${expr}\n\`\`\``].join('\n\n');
}

/** Outside of code Markdown takes `<error>` for HTML. */
const escaped = (text: string): string => text.replaceAll(/<(?=[^`]*(?:`[^`]*`[^`]*)*$)/g, '\\<');

const rows = (): string => ROWS.map(({ title, panels }) => `- **${title}**: ${panels.map((panel) => panel.title).join('; ')}.`).join('\n');

function families(): string {
  const line = ({ name, help, labelNames, type }: Family & { readonly type: string }): string =>
    `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
  return ['| name | type | labels | meaning |', '| --- | --- | --- | --- |', ...Object.values(METRICS).map(line)].join('\n');
}
