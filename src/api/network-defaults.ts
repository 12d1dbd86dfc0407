import type { NetworkPolicyEgressRule, NetworkPolicyIngressRule } from './k8s.generated';

/** The rules of the default NetworkPolicy (spec 04 §3). Policies are compared and audited, so the lists are exact. */

/** In only from the router. */
export const ROUTER_INGRESS: NetworkPolicyIngressRule = {
  from: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'agent-sandbox-system' } },
      podSelector: { matchLabels: { app: 'sandbox-router' } },
    },
  ],
};

/** Out to the public internet: private, link-local and unique-local addresses stay closed. */
export const INTERNET_EGRESS: NetworkPolicyEgressRule = {
  to: [
    { ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'] } },
    { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
  ],
};
