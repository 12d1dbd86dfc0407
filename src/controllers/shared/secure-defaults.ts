import type { PodSpec, SandboxTemplate } from './objects';

// Constants and no options (spec 04 §4): they stand in every member, so another default would make all of them stale.
const PUBLIC_DNS = { dnsPolicy: 'None', dnsConfig: { nameservers: ['8.8.8.8', '1.1.1.1'] } };

/** The Pod spec of a template's Sandboxes: no token unless asked for, and a public DNS where the default policy cuts off that of the cluster. */
export function securedPodSpec({ spec }: SandboxTemplate): PodSpec {
  const podSpec = spec.podTemplate.spec;
  return {
    ...podSpec,
    automountServiceAccountToken: podSpec.automountServiceAccountToken ?? false,
    ...(hasDefaultPolicy(spec) && !podSpec.dnsPolicy && PUBLIC_DNS),
  };
}

const hasDefaultPolicy = ({ networkPolicyManagement, networkPolicy }: SandboxTemplate['spec']): boolean =>
  networkPolicyManagement !== 'Unmanaged' && !networkPolicy;
