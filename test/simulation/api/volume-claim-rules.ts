import { same, withMembers } from './json';
import { forbidden, required } from './refusal';
import { missing, withSpec, type Rules } from './rules';
import { partOf, withMetadata } from './stored';

/** Keeps a claim that a Pod uses; the cluster takes it away when no Pod does. */
export const PROTECTION = 'kubernetes.io/pvc-protection';

const SPEC_DEFAULTS = { volumeMode: 'Filesystem' };

/** PersistentVolumeClaims. Volumes, storage classes and binding are not modelled. */
export const volumeClaimRules: Rules = {
  complete(claim, { old }) {
    const completed = withSpec(claim, missing(partOf(claim, 'spec'), SPEC_DEFAULTS));
    if (old) return completed;
    const finalizers = claim.metadata.finalizers ?? [];
    return withMembers(withMetadata(completed, { finalizers: [...finalizers, PROTECTION] }), { status: { phase: 'Pending' } });
  },
  faults(claim, old) {
    const spec = partOf(claim, 'spec');
    if (old) {
      const fixed = withMembers(spec, { resources: undefined });
      const before = withMembers(partOf(old, 'spec'), { resources: undefined });
      const text = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
      return same(fixed, before) ? [] : [forbidden('spec', text)];
    }
    const { storage } = partOf(partOf(spec, 'resources'), 'requests');
    const modes = Array.isArray(spec.accessModes) ? spec.accessModes.length : 0;
    return [
      ...(modes === 0 ? [required('spec.accessModes', 'at least 1 access mode is required')] : []),
      ...(storage === undefined ? [required('spec.resources[storage]')] : []),
    ];
  },
};
