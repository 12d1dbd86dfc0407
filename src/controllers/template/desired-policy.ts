import { LABELS } from '../../api/keys';
import { nameHash } from '../../api/names';
import { INTERNET_EGRESS, ROUTER_INGRESS } from '../../api/network-defaults';
import type { NetworkPolicy, NetworkPolicyRule, NetworkPolicyRules, SandboxTemplate } from '../shared/objects';

/** Of a template without rules of its own. */
const DEFAULT_RULES: NetworkPolicyRules = { ingress: [ROUTER_INGRESS], egress: [INTERNET_EGRESS] };

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
