import { LABELS } from '../../../src/api/keys';
import { nameHash, networkPolicyName } from '../../../src/api/names';
import { findControllerOf } from '../../../src/runtime/object';
import { same } from '../api/json';
import { NETWORK_POLICIES, TEMPLATES } from '../api/resource-types';
import { listOf, partOf, type Stored } from '../api/stored';
import type { World } from '../world';
import { nameOf, type InvariantOf } from './invariant';

/** What a template has come to when nothing happens any more: its label, and the policy that its spec asks for, or none. */
export const templatesHaveConverged: InvariantOf = (world) => ({
  id: 'at rest',
  atRest() {
    for (const template of world.model.store.list(TEMPLATES)) {
      const fault = template.metadata.deletionTimestamp === undefined ? faultOf(world, template) : undefined;
      if (fault !== undefined) return `${nameOf(template)} ${fault}`;
    }
    return undefined;
  },
});

function faultOf({ model }: World, template: Stored): string | undefined {
  const { namespace = '', name, uid, labels } = template.metadata;
  const hash = nameHash(name);
  if (labels?.[LABELS.templateRefHash] !== hash) return 'lacks its label';
  const policy = model.store.find(NETWORK_POLICIES, { namespace, name: networkPolicyName(name) });
  if (policy?.metadata.deletionTimestamp !== undefined) return undefined;
  const isOwn = policy !== undefined && findControllerOf(policy)?.uid === uid;
  const spec = partOf(template, 'spec');
  if (spec.networkPolicyManagement === 'Unmanaged') return isOwn ? 'keeps a policy although it is unmanaged' : undefined;
  if (policy === undefined) return 'has no policy';
  return isOwn ? policyFault(partOf(policy, 'spec'), spec.networkPolicy, hash) : undefined;
}

/** Selector and types are fixed; which rules there are is looked at, what they say the table tests of the controller know. */
function policyFault(policy: ReturnType<typeof partOf>, wanted: unknown, hash: string): string | undefined {
  const expected = { podSelector: { matchLabels: { [LABELS.templateRefHash]: hash } }, policyTypes: ['Ingress', 'Egress'] };
  if (!same({ podSelector: policy.podSelector, policyTypes: policy.policyTypes }, expected)) return 'has a policy that selects something else';
  const count = (side: string): number => (wanted === undefined ? 1 : listOf(wanted as ReturnType<typeof partOf>, side).length);
  return ['ingress', 'egress'].every((side) => listOf(policy, side).length === count(side)) ? undefined : 'has a policy with other rules';
}
