import { ANNOTATIONS, LABELS, normalizedCreator } from '../../api/keys';
import type { PassTrace } from '../../runtime/pass-span';
import type { Caches, Observed, Settings } from './observe';

/** How passes over Sandboxes show in traces (spec 02 §9). */
export const traceOf = ({ sandboxes }: Caches, { createdByValues }: Settings): PassTrace<Observed> => ({
  span({ namespace, name }) {
    const sandbox = sandboxes.find({ namespace, name });
    if (!sandbox) return undefined;
    const { labels, annotations } = sandbox.metadata;
    const creator = labels?.[LABELS.createdBy];
    return {
      name: 'ReconcileSandbox',
      attributes: {
        'sandbox.name': name,
        'sandbox.namespace': namespace,
        ...(creator !== undefined && { [LABELS.createdBy]: normalizedCreator(creator, createdByValues) }),
      },
      parent: annotations?.[ANNOTATIONS.traceContext],
    };
  },
  parts: (first, last) => [
    { name: 'reconcilePod', step: 'pod', events: podEvents(first, last) },
    { name: 'reconcilePVCs', step: 'volumeClaims', events: [] },
  ],
});

function podEvents(first: Observed, last: Observed) {
  const [pod] = last.ownedPods;
  if (!pod) return [];
  const isNew = first.ownedPods.length === 0 && !first.namedPod;
  return [
    {
      name: isNew ? 'NewPodStatusObserved' : 'ExistingPodStatusObserved',
      attributes: { 'pod.Name': pod.metadata.name, 'pod.Phase': pod.status?.phase ?? '' },
    },
  ];
}
