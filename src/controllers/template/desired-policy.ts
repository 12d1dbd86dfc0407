import { LABELS } from '../../api/keys';
import { nameHash } from '../../api/names';
import type { NetworkPolicy, NetworkPolicyRule, NetworkPolicyRules, SandboxTemplate } from '../shared/objects';

/** In only from the router, out to the public internet (spec 04 §3). Policies are compared and audited, so the lists are exact. */
const DEFAULT_RULES: Required<NetworkPolicyRules> = {
  ingress: [
    {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'agent-sandbox-system' } },
          podSelector: { matchLabels: { app: 'sandbox-router' } },
        },
      ],
    },
  ],
  egress: [
    {
      to: [
        { ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'] } },
        { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
      ],
    },
  ],
};

/** The spec of the NetworkPolicy of a template: its own rules unchanged, or the default. A direction without rules is closed. */
export function desiredPolicySpec({ metadata, spec }: SandboxTemplate): NetworkPolicy['spec'] {
  const { ingress, egress } = spec.networkPolicy ?? DEFAULT_RULES;
  return {
    podSelector: { matchLabels: { [LABELS.templateRefHash]: nameHash(metadata.name) } },
    policyTypes: ['Ingress', 'Egress'],
    ...(ingress && ingress.length > 0 && { ingress }),
    ...(egress && egress.length > 0 && { egress }),
  };
}

/** Whether the API server would store both the same: it fills in the protocol of ports, and takes empty lists and empty `matchLabels` for absent ones. */
export const isSameAsStored = (one: NetworkPolicy['spec'], other: NetworkPolicy['spec']): boolean => canonical(stored(one)) === canonical(stored(other));

const stored = (spec: NetworkPolicy['spec']): object => ({ ...spec, ingress: spec.ingress?.map(storedRule), egress: spec.egress?.map(storedRule) });

const storedRule = (rule: NetworkPolicyRule): object => ({ ...rule, ports: rule.ports?.map((port) => ({ protocol: 'TCP', ...port })) });

/** Text in which order of keys, absent members, empty lists and empty labels to match make no difference. Another empty object does: it selects everything. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, member: unknown) => {
    if (Array.isArray(member)) return member.length > 0 ? member : undefined;
    if (typeof member !== 'object' || member === null) return member;
    if (key === 'matchLabels' && Object.keys(member).length === 0) return undefined;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
