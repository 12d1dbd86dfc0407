import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { SYSTEM_NAMESPACE } from '../../api/installation';
import { clusterObject } from '../cluster-object';
import { monitoringManifests } from '../monitoring/monitoring-manifests';
import { AgentSandboxCrds } from './agent-sandbox-crds';
import { accessManifests } from './controller-access';
import { deployment, disruptionBudget, serviceAccount, tuningConfigMap } from './controller-manifests';
import { networkManifests } from './controller-network';
import { controllerSettings } from './controller-settings';
import { LateFindingsPolicy } from './late-findings-policy';
import type { Manifest } from './manifest';
import { CrdInstallation, type AgentSandboxSystemProps } from './system-props';

/**
 * The whole installation in the namespace `agent-sandbox-system`: CRDs, RBAC, and the controller as a hardened Deployment. The names are
 * fixed, because tools wait for them and collect logs by them; so there is one per cluster.
 *
 * Throws an error that names the construct, the prop, what was found and what was expected.
 *
 * @example
 * const app = new App();
 * new AgentSandboxSystem(new Chart(app, 'agent-sandbox'), 'system');
 * app.synth();
 */
export class AgentSandboxSystem extends Construct {
  /** Namespace of the controller, `agent-sandbox-system`. */
  public readonly namespaceName: string = SYSTEM_NAMESPACE;
  /** The Deployment of the controller, for JSON patches of what has no prop, such as tolerations. */
  public readonly deployment: ApiObject;

  public constructor(scope: Construct, id: string, props: AgentSandboxSystemProps = {}) {
    super(scope, id);
    const { extensions = true, crds = CrdInstallation.INCLUDED, replicas = 1 } = props;
    const where = this.node.path;
    const settings = controllerSettings(props, where);
    this.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } });
    if (crds !== CrdInstallation.LEFT_OUT) new AgentSandboxCrds(this, 'Crds', { extensions, keepOnDelete: crds === CrdInstallation.KEPT_ON_DELETE });
    this.add(serviceAccount());
    accessManifests(extensions, props.watchNamespaces).forEach((manifest) => this.add(manifest));
    if (settings.tuning) this.add(tuningConfigMap(settings.tuning));
    settings.program.configMaps.forEach((manifest) => this.add(manifest));
    this.deployment = this.add(deployment(props, settings, where));
    if (replicas > 1) this.add(disruptionBudget());
    networkManifests(props, settings, where).forEach((manifest) => this.add(manifest));
    if (props.monitoring) monitoringManifests(props.monitoring, settings, `${where}: monitoring`).forEach((manifest) => this.add(manifest));
    if (props.lateFindings) new LateFindingsPolicy(this, 'LateFindings', props.lateFindings);
  }

  private add(manifest: Manifest): ApiObject {
    const { name, namespace } = manifest.metadata;
    const id = [manifest.kind, namespace, name].filter((part) => part !== undefined).join('-');
    return namespace === undefined ? clusterObject(this, id, manifest) : new ApiObject(this, id, manifest);
  }
}
