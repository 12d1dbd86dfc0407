import { withMembers, type JsonObject } from './json';
import { invalid, type Cause } from './refusal';
import { missing, portsWithProtocol, withoutEmptyLists, type Rules } from './rules';
import { listOf, partOf } from './stored';

const CIDR = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]+)\/\d{1,3}$/i;

/** NetworkPolicies. Whom they select is nobody's business here. */
export const networkPolicyRules: Rules = {
  complete(policy) {
    const spec = withoutEmptyLists(partOf(policy, 'spec'), ['ingress', 'egress', 'policyTypes']);
    const policyTypes = ['Ingress', ...(listOf(spec, 'egress').length > 0 ? ['Egress'] : [])];
    const rules = Object.fromEntries(
      ['ingress', 'egress'].filter((side) => spec[side] !== undefined).map((side) => [side, listOf(spec, side).map(completedRule)]),
    );
    return withMembers(policy, { spec: withMembers(spec, { ...missing(spec, { podSelector: {}, policyTypes }), ...rules }) });
  },
  faults(policy) {
    const spec = partOf(policy, 'spec');
    return [...sideFaults(spec, 'ingress', 'from'), ...sideFaults(spec, 'egress', 'to')];
  },
};

function completedRule(rule: JsonObject): JsonObject {
  const kept = withoutEmptyLists(rule, ['from', 'to', 'ports']);
  return kept.ports === undefined ? kept : withMembers(kept, { ports: portsWithProtocol(kept.ports) });
}

function sideFaults(spec: JsonObject, side: string, peers: string): readonly Cause[] {
  return listOf(spec, side).flatMap((rule, ruleIndex) =>
    listOf(rule, peers).flatMap((peer, peerIndex) => {
      const { cidr } = partOf(peer, 'ipBlock');
      if (peer.ipBlock === undefined || CIDR.test(String(cidr))) return [];
      return [
        invalid(`spec.${side}[${ruleIndex}].${peers}[${peerIndex}].ipBlock.cidr`, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'),
      ];
    }),
  );
}
