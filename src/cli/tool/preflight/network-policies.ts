import type { KubeObject, Resource } from '../../../runtime/object';
import { ok, warning, type Finding } from './finding';

export const DAEMON_SETS: Resource = { group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets' };

interface Plugin {
  /** Name of its DaemonSet. */
  readonly daemonSet: RegExp;
  readonly product: string;
  /** What else it takes, or that it does not enforce at all; absent for one that does as it is installed. */
  readonly doubt?: string;
}

/** DaemonSets of network plugins, under the names of their own installations. */
const PLUGINS: readonly Plugin[] = [
  { daemonSet: /^(calico-node|canal|rke2-canal)$/, product: 'Calico' },
  { daemonSet: /^(cilium|anetd)$/, product: 'Cilium' },
  { daemonSet: /^antrea-agent$/, product: 'Antrea' },
  { daemonSet: /^ovnkube-node(-.+)?$/, product: 'OVN-Kubernetes' },
  { daemonSet: /^kube-ovn-cni$/, product: 'Kube-OVN' },
  { daemonSet: /^kube-router$/, product: 'kube-router' },
  { daemonSet: /^weave-net$/, product: 'Weave Net' },
  { daemonSet: /^azure-npm$/, product: 'Azure NPM' },
  { daemonSet: /^kube-network-policies$/, product: 'kube-network-policies' },
  { daemonSet: /^aws-node$/, product: 'Amazon VPC CNI', doubt: 'enforces only with its network policy agent switched on (enableNetworkPolicy)' },
  { daemonSet: /^kindnet$/, product: 'kindnet', doubt: 'enforces only in kind 0.24 or newer' },
  { daemonSet: /^kube-flannel(-ds)?$/, product: 'flannel', doubt: 'does not enforce by itself' },
];

const TRY = 'try it: a Pod that a policy denies must not reach another; without enforcement the NetworkPolicies of templates have no effect';

/** Which network plugins run. The API does not tell whether anything enforces NetworkPolicies, so none found is no proof of anything. */
export function judgeNetworkPolicies(daemonSets: readonly KubeObject[]): readonly Finding[] {
  const found = daemonSets.flatMap(({ metadata: { name, namespace = '' } }) => {
    const plugin = PLUGINS.find(({ daemonSet }) => daemonSet.test(name));
    return plugin ? [{ ...plugin, where: `${plugin.product} (DaemonSet ${namespace}/${name})` }] : [];
  });
  const sure = found.filter(({ doubt }) => doubt === undefined);
  if (sure.length > 0) return sure.map(({ where }) => ok(`${where} enforces NetworkPolicies, unless that was switched off`));
  if (found.length > 0) return found.map(({ where, doubt = '' }) => warning(`${where} ${doubt}`, TRY));
  return [warning('no network plugin that is known here, so nobody knows whether NetworkPolicies are enforced', TRY)];
}
