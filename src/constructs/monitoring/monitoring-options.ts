import type { Duration } from 'cdk8s';

/** How the Prometheus Operator is told to scrape the controller. */
export enum ScrapeTarget {
  /** A ServiceMonitor: by the Service of the controller. */
  SERVICE_MONITOR = 'ServiceMonitor',
  /** A PodMonitor: Pod by Pod, for a Prometheus that looks for PodMonitors alone. */
  POD_MONITOR = 'PodMonitor',
  /** Something else scrapes the Service. */
  NONE = 'None',
}

/** The alerts of docs/monitoring.md. */
export interface AlertOptions {
  /**
   * Names of alerts that are left out, such as `AgentSandboxColdStarts` where most claims are meant to start cold.
   * @default - none
   */
  readonly without?: string[];
  /**
   * Labels of every alert beside `severity`, such as the team by which Alertmanager routes them.
   * @default - none
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * What Prometheus calls the controller: the value of the label `job`.
   * @default agent-sandbox-controller - the name of the Service, and what both kinds of monitor make of it
   */
  readonly job?: string;
}

/** The ConfigMap with the dashboard, from which Grafana's sidecar loads it. */
export interface DashboardOptions {
  /**
   * Namespace of the ConfigMap: one in which Grafana's sidecar looks.
   * @default agent-sandbox-system - the namespace of the controller; a sidecar that looks only into its own does not see it
   */
  readonly namespace?: string;
  /**
   * Labels by which the sidecar selects ConfigMaps.
   * @default - `grafana_dashboard: "1"`, as the Helm charts of Grafana and kube-prometheus-stack have it
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * Folder in Grafana, as the annotation `grafana_folder` of the ConfigMap.
   * @default - the one that Grafana takes
   */
  readonly folder?: string;
}

/** What watches the controller. */
export interface MonitoringOptions {
  /**
   * How the controller is scraped.
   * @default ScrapeTarget.SERVICE_MONITOR - the usual one
   */
  readonly scrape?: ScrapeTarget;
  /**
   * Time between two scrapes.
   * @default - that of Prometheus
   */
  readonly interval?: Duration;
  /**
   * Labels by which Prometheus selects its monitors and rules, such as `release: prometheus`.
   * @default - none
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * Whether a PrometheusRule with the alerts is rendered.
   * @default true
   */
  readonly prometheusRule?: boolean;
  /**
   * Which alerts there are, and how they are labelled.
   * @default - all of them
   */
  readonly alerts?: AlertOptions;
  /**
   * Whether a ConfigMap with the dashboard is rendered.
   * @default true
   */
  readonly dashboardConfigMap?: boolean;
  /**
   * Where the dashboard is, and how Grafana finds it.
   * @default - in the namespace of the controller, by the usual label
   */
  readonly dashboard?: DashboardOptions;
}
