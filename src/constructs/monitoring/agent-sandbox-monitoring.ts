import { Yaml } from 'cdk8s';
import { dashboardText } from './monitoring-manifests';
import type { AlertOptions } from './monitoring-options';
import { ruleGroups } from './rules';

/** Alerts and dashboard as the texts of files, for a Prometheus or a Grafana without an operator. `monitoring` of `AgentSandboxSystem` renders the same as objects. */
export class AgentSandboxMonitoring {
  /**
   * A rule file of Prometheus (`rule_files`). Which alerts there are, and what to do about each, is in docs/monitoring.md.
   *
   * Throws an error that names the option, what was found and what was expected.
   *
   * @example
   * const rules = AgentSandboxMonitoring.rules({ labels: { team: 'platform' } });
   */
  public static rules(options: AlertOptions = {}): string {
    return Yaml.stringify(ruleGroups(options, 'AgentSandboxMonitoring.rules: options'));
  }

  /** The dashboard as Grafana imports it, in JSON. It asks which Prometheus and which controller. */
  public static dashboard(): string {
    return dashboardText();
  }

  private constructor() {}
}
