import { LABELS } from '../../api/keys';
import { nameHash, networkPolicyName } from '../../api/names';
import { mergePatch } from '../../runtime/merge-patch';
import { firstOf, type Action, type Plan } from '../../runtime/plan';
import { NETWORK_POLICIES, TEMPLATES } from '../shared/objects';
import { controllerReference, isOwnedBy } from '../shared/ownership';
import { desiredPolicySpec, isSameAsStored } from './desired-policy';
import type { Observed } from './observe';

/** Rules in order; the first that has something to say is the whole decision. */
export const plan = firstOf<Observed>([
  failedWriteEndsThePass,
  templateCarriesItsNameHash,
  unmanagedTemplateOwnsNoPolicy,
  missingPolicyIsCreated,
  foreignPolicyIsNeverTouched,
  ownedPolicyMatchesTheTemplate,
]);

function failedWriteEndsThePass({ failures }: Observed): Plan | undefined {
  return failures.length > 0 ? { actions: [], isFailed: failures.some(({ isPermanent }) => !isPermanent) } : undefined;
}

function templateCarriesItsNameHash({ template, areTemplatesLabelled }: Observed): Plan | undefined {
  const { namespace = '', name, uid, labels } = template.metadata;
  const hash = nameHash(name);
  if (!areTemplatesLabelled || labels?.[LABELS.templateRefHash] === hash) return undefined;
  return act({
    do: 'patch',
    resource: TEMPLATES,
    key: { namespace, name },
    uid,
    patch: { metadata: { labels: { [LABELS.templateRefHash]: hash } } },
    step: 'label',
    purpose: 'sandbox',
    failure: `failed to label sandbox template "${namespace}/${name}" with template ref hash: `,
  });
}

function unmanagedTemplateOwnsNoPolicy({ template, policy }: Observed): Plan | undefined {
  if (template.spec.networkPolicyManagement !== 'Unmanaged') return undefined;
  if (!policy || policy.metadata.deletionTimestamp || !isOwnedBy(policy, template)) return { actions: [] };
  return act({ do: 'delete', ...ofPolicy({ template }), uid: policy.metadata.uid });
}

function missingPolicyIsCreated({ template, policy }: Observed): Plan | undefined {
  if (policy) return undefined;
  const { key } = ofPolicy({ template });
  return act({
    do: 'create',
    ...ofPolicy({ template }),
    object: {
      apiVersion: 'networking.k8s.io/v1',
      kind: NETWORK_POLICIES.kind,
      metadata: { ...key, ownerReferences: [controllerReference(TEMPLATES, template)] },
      spec: desiredPolicySpec(template),
    },
  });
}

function foreignPolicyIsNeverTouched({ template, policy }: Observed): Plan | undefined {
  if (!policy || isOwnedBy(policy, template)) return undefined;
  const note = `refusing to update NetworkPolicy "${policy.metadata.name}" as it is not controlled by SandboxTemplate "${template.metadata.name}"`;
  return { actions: [], isFailed: true, events: [{ regarding: template, type: 'Warning', reason: 'NetworkPolicyConflict', action: 'Reconciling', note }] };
}

function ownedPolicyMatchesTheTemplate({ template, policy }: Observed): Plan | undefined {
  const spec = desiredPolicySpec(template);
  if (!policy || policy.metadata.deletionTimestamp || isSameAsStored(policy.spec, spec)) return undefined;
  const { uid, resourceVersion } = policy.metadata;
  return act({ do: 'patch', ...ofPolicy({ template }), uid, ifVersion: resourceVersion, patch: { spec: mergePatch(policy.spec, spec) } });
}

function ofPolicy({ template }: Pick<Observed, 'template'>) {
  const { namespace = '', name } = template.metadata;
  return { resource: NETWORK_POLICIES, key: { namespace, name: networkPolicyName(name) }, step: 'policy', purpose: 'sandbox' } as const;
}

const act = (action: Action): Plan => ({ actions: [action] });
