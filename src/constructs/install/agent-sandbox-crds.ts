import { Construct } from 'constructs';
import { loadCrds } from '../../api/crds';
import { CORE_GROUP } from '../../api/kinds';
import { clusterObject } from '../cluster-object';
import { retainOnPrune } from '../gitops/retention';

/** Props of `AgentSandboxCrds`. */
export interface AgentSandboxCrdsProps {
  /**
   * Whether templates, pools and claims are defined beside Sandboxes.
   * @default true
   */
  readonly extensions?: boolean;
  /**
   * Whether Argo CD, Flux and Helm leave the CRDs in the cluster when they disappear from Git. With a CRD all its objects go, Sandboxes
   * and their volumes included.
   * @default false - annotations of tools are added on request only
   */
  readonly keepOnDelete?: boolean;
}

/**
 * The CustomResourceDefinitions alone, for a file of their own. `AgentSandboxSystem` contains them already: give it
 * `crds: CrdInstallation.LEFT_OUT` beside this, because two files of one installation must not declare the same object.
 *
 * @example
 * new AgentSandboxCrds(new Chart(app, 'crds'), 'crds', { keepOnDelete: true });
 */
export class AgentSandboxCrds extends Construct {
  public constructor(scope: Construct, id: string, props: AgentSandboxCrdsProps = {}) {
    super(scope, id);
    for (const crd of loadCrds()) {
      if (crd.spec.group !== CORE_GROUP && props.extensions === false) continue;
      const object = clusterObject(this, crd.metadata.name, { ...crd });
      if (props.keepOnDelete) retainOnPrune(object);
    }
  }
}
