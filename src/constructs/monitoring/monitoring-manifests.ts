import type { Duration } from 'cdk8s';
import { durationText } from '../../api/flag-values';
import { CONTROLLER_NAME, SYSTEM_NAMESPACE } from '../../api/installation';
import { CONTROLLER_LABELS, METRICS_PORT } from '../install/controller-deployment';
import type { ControllerSettings } from '../install/controller-settings';
import type { Manifest } from '../install/manifest';
import { dashboard } from './dashboard';
import { ScrapeTarget, type DashboardOptions, type MonitoringOptions } from './monitoring-options';
import { ruleGroups } from './rules';

const API_VERSION = 'monitoring.coreos.com/v1';
const DASHBOARD_NAME = 'agent-sandbox-dashboard';
const metadata = { name: CONTROLLER_NAME, namespace: SYSTEM_NAMESPACE };

/** The monitor, the alerts and the dashboard of the controller. `where` is the path of the construct, for errors. */
export function monitoringManifests(options: MonitoringOptions, settings: ControllerSettings, where: string): Manifest[] {
  const { scrape = ScrapeTarget.SERVICE_MONITOR, prometheusRule = true, dashboardConfigMap = true } = options;
  if (settings.metricsPort === undefined) throw new Error(`${where}: there are no metrics to watch with flags.metricsBindAddress 0; remove one of the two`);
  return [
    ...(scrape === ScrapeTarget.NONE ? [] : [monitor(scrape, options, endpoint(options.interval, settings, where))]),
    ...(prometheusRule ? [alertManifest(options, where)] : []),
    ...(dashboardConfigMap ? [dashboardManifest(options.dashboard ?? {})] : []),
  ];
}

function monitor(kind: Exclude<ScrapeTarget, ScrapeTarget.NONE>, { labels }: MonitoringOptions, one: object): Manifest {
  const selector = { matchLabels: CONTROLLER_LABELS };
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: { ...metadata, ...(labels && { labels }) },
    spec:
      kind === ScrapeTarget.SERVICE_MONITOR
        ? { selector, endpoints: [one] }
        : // Without it the job would be the namespace and the name of the PodMonitor.
          { selector, jobLabel: 'app', podMetricsEndpoints: [one] },
  };
}

function endpoint(interval: Duration | undefined, settings: ControllerSettings, where: string): object {
  return {
    port: METRICS_PORT,
    // `namespace` in the metrics is that of a claim or pool, and Prometheus would put the controller's in its place.
    honorLabels: true,
    ...(interval && { interval: intervalText(interval, where) }),
    ...(settings.metricsAreSecure && { scheme: 'https', ...(settings.metricsAreSelfSigned && { tlsConfig: { insecureSkipVerify: true } }) }),
  };
}

function intervalText(interval: Duration, where: string): string {
  const ms = interval.toMilliseconds({ integral: false });
  if (Number.isInteger(ms) && ms > 0) return durationText(ms);
  throw new Error(`${where}.interval: found ${ms} ms, expected a Duration of whole milliseconds above 0`);
}

const alertManifest = ({ labels, alerts = {} }: MonitoringOptions, where: string): Manifest => ({
  apiVersion: API_VERSION,
  kind: 'PrometheusRule',
  metadata: { ...metadata, ...(labels && { labels }) },
  spec: ruleGroups(alerts, `${where}.alerts`),
});

const dashboardManifest = ({ namespace = SYSTEM_NAMESPACE, labels = { grafana_dashboard: '1' }, folder }: DashboardOptions): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: DASHBOARD_NAME, namespace, labels, ...(folder !== undefined && { annotations: { grafana_folder: folder } }) },
  data: { 'agent-sandbox.json': dashboardText() },
});

/** The dashboard as the text of a file. */
export const dashboardText = (): string => `${JSON.stringify(dashboard(), undefined, 2)}\n`;
