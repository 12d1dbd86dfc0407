import { atomicList, boolean, embedded, list, mapOf, object, required, string, type Field } from './field';

/** Fields that Sandbox, SandboxTemplate and SandboxClaim share (spec 01 §3.2, §4.1, §5). */

export const POD_SPEC = 'io.k8s.api.core.v1.PodSpec';
export const PVC_SPEC = 'io.k8s.api.core.v1.PersistentVolumeClaimSpec';
export const INGRESS_RULE = 'io.k8s.api.networking.v1.NetworkPolicyIngressRule';
export const EGRESS_RULE = 'io.k8s.api.networking.v1.NetworkPolicyEgressRule';

const labels = mapOf(string(), { doc: 'Labels to put on the object.' });
const annotations = mapOf(string(), { doc: 'Annotations to put on the object.' });

const podTemplate = required(
  object(
    'SandboxPodTemplate',
    {
      metadata: object('SandboxPodMetadata', { labels, annotations }, { doc: 'Labels and annotations of the Pod. Keys below agents.x-k8s.io are ignored.' }),
      spec: required(embedded(POD_SPEC, { doc: 'The Pod to run.' })),
    },
    { doc: 'The Pod to run.' },
  ),
);

/** One PersistentVolumeClaim per entry and Sandbox, named `<entry name>-<Sandbox name>`. */
export const volumeClaimTemplates = atomicList(
  object('SandboxVolumeClaimTemplate', {
    metadata: object(
      'SandboxVolumeClaimMetadata',
      { name: string({ doc: 'Name of the volume; the claim is named <name>-<Sandbox name>.' }), labels, annotations },
      { doc: 'Name, labels and annotations of the claim.' },
    ),
    spec: required(embedded(PVC_SPEC, { doc: 'The PersistentVolumeClaim to make.' })),
  }),
  { doc: 'One PersistentVolumeClaim per entry. They are deleted together with the Sandbox.' },
);

/** The part of the spec that Sandbox and SandboxTemplate have in common. */
export const blueprint: Readonly<Record<string, Field>> = {
  podTemplate,
  volumeClaimTemplates,
  service: boolean({ doc: 'true makes a headless Service named like the Sandbox, false removes it, absent keeps what is there.' }),
};

/** `status.conditions` of Sandbox and SandboxClaim. Without list-type marker, so a merge patch replaces it as a whole. */
export const conditions = list(
  object('SandboxCondition', {
    type: required(
      string({
        doc: 'Type of the condition.',
        maxLength: 316,
        pattern: '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
      }),
    ),
    status: required(string({ doc: 'True, False or Unknown.', values: ['True', 'False', 'Unknown'] })),
    reason: required(
      string({ doc: 'Why the condition has this status, in one word.', minLength: 1, maxLength: 1024, pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$' }),
    ),
    message: required(string({ doc: 'The same for people. May be empty.', maxLength: 32768 })),
    lastTransitionTime: required(string({ doc: 'When the status last changed.', format: 'date-time' })),
    observedGeneration: { kind: 'integer', format: 'int64', minimum: 0, doc: 'The generation of the object that the condition speaks of.' },
  }),
  { doc: 'What is known about the object.' },
);
