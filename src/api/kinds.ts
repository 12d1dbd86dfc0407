import { blueprint, conditions, EGRESS_RULE, INGRESS_RULE, volumeClaimTemplates } from './blueprint';
import { atomicList, dateTime, embedded, int32, int64, list, mapOf, object, oneOf, required, string, type ObjectField } from './field';

/** A printer column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
}

/** Everything that is declared about one kind (spec 01). */
export interface Kind {
  readonly kind: string;
  readonly group: string;
  readonly plural: string;
  readonly shortName: string;
  readonly doc: string;
  readonly spec: ObjectField;
  readonly status?: ObjectField;
  readonly scale?: { readonly specReplicasPath: string; readonly statusReplicasPath: string; readonly labelSelectorPath: string };
  readonly columns: readonly Column[];
}

export const VERSION = 'v1beta1';
export const CORE_GROUP = 'agents.x-k8s.io';
export const EXTENSIONS_GROUP = 'extensions.agents.x-k8s.io';

const READY: Column = { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status" };
const REASON: Column = { name: 'Reason', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].reason" };
const AGE: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
const podIPs = list(string(), { doc: "IPs of the Pod, in the Pod's order." });

export const SANDBOX: Kind = {
  kind: 'Sandbox',
  group: CORE_GROUP,
  plural: 'sandboxes',
  shortName: 'sandbox',
  doc: 'One stateful, isolated, long-lived Pod with a stable name that can be suspended to zero and resumed.',
  spec: object(
    'SandboxSpec',
    {
      ...blueprint,
      shutdownTime: dateTime({ doc: 'When the Sandbox expires. RFC 3339. Absent means never.' }),
      shutdownPolicy: oneOf('SandboxShutdownPolicy', ['Delete', 'Retain'], { default: 'Retain', doc: 'What becomes of the Sandbox object at expiry.' }),
      operatingMode: oneOf('OperatingMode', ['Running', 'Suspended'], {
        default: 'Running',
        doc: 'Suspended removes the Pod and keeps name, Service and volumes.',
      }),
    },
    {
      doc: 'What is wanted.',
      rules: [
        {
          rule: 'has(self.volumeClaimTemplates) == has(oldSelf.volumeClaimTemplates) && (!has(self.volumeClaimTemplates) || self.volumeClaimTemplates == oldSelf.volumeClaimTemplates)',
          message: 'volumeClaimTemplates is immutable',
        },
      ],
    },
  ),
  status: object(
    'SandboxStatus',
    {
      conditions,
      service: string({ doc: 'Name of the headless Service, if one is in use.' }),
      serviceFQDN: string({ doc: 'Name of the Service in the cluster DNS.' }),
      selector: string({ doc: 'Label selector of the Pod.' }),
      podIPs,
      nodeName: string({ doc: 'Node of the Pod.' }),
    },
    { doc: 'What is seen.' },
  ),
  columns: [READY, REASON, AGE],
};

export const SANDBOX_TEMPLATE: Kind = {
  kind: 'SandboxTemplate',
  group: EXTENSIONS_GROUP,
  plural: 'sandboxtemplates',
  shortName: 'sandboxtemplate',
  doc: 'A blueprint of Sandboxes with secure defaults and a managed NetworkPolicy.',
  spec: object(
    'SandboxTemplateSpec',
    {
      ...blueprint,
      networkPolicy: object(
        'SandboxNetworkPolicy',
        {
          ingress: list(embedded(INGRESS_RULE), { doc: 'What may reach the Sandboxes. Absent or empty denies everything.' }),
          egress: list(embedded(EGRESS_RULE), { doc: 'What the Sandboxes may reach. Absent or empty denies everything.' }),
        },
        { doc: 'Replaces the default policy entirely. {} denies everything in both directions.' },
      ),
      networkPolicyManagement: oneOf('NetworkPolicyManagement', ['Managed', 'Unmanaged'], {
        default: 'Managed',
        doc: 'Whether the controller keeps a NetworkPolicy for this template.',
      }),
      envVarsInjectionPolicy: oneOf('InjectionPolicy', ['Allowed', 'Overrides', 'Disallowed'], {
        default: 'Disallowed',
        doc: 'Whether claims may add or replace environment variables.',
      }),
      volumeClaimTemplatesPolicy: oneOf('InjectionPolicy', ['Disallowed', 'Allowed', 'Overrides'], {
        default: 'Disallowed',
        doc: 'Whether claims may add or replace volume claim templates.',
      }),
    },
    { doc: 'What is wanted.' },
  ),
  columns: [],
};

export const SANDBOX_CLAIM: Kind = {
  kind: 'SandboxClaim',
  group: EXTENSIONS_GROUP,
  plural: 'sandboxclaims',
  shortName: 'sandboxclaim',
  doc: 'Takes one started Sandbox out of a pool.',
  spec: object(
    'SandboxClaimSpec',
    {
      warmPoolRef: required(
        object('SandboxWarmPoolReference', { name: required(string({ doc: 'Name of the pool.' })) }, { doc: 'The pool to take the Sandbox from.' }),
      ),
      lifecycle: object(
        'SandboxClaimLifecycle',
        {
          shutdownTime: dateTime({ doc: 'When the claim expires. RFC 3339.' }),
          ttlSecondsAfterFinished: int32({ minimum: 0, doc: 'Seconds from the end of the Pod to the expiry of the claim.' }),
          shutdownPolicy: oneOf('ClaimShutdownPolicy', ['Delete', 'DeleteForeground', 'Retain'], {
            default: 'Retain',
            doc: 'What becomes of the claim at expiry.',
          }),
        },
        { doc: 'When the claim expires and what happens then. Absent means never.' },
      ),
      additionalPodMetadata: object(
        'SandboxAdditionalPodMetadata',
        { labels: mapOf(string(), { doc: 'Labels for the Pod.' }), annotations: mapOf(string(), { doc: 'Annotations for the Pod.' }) },
        { doc: 'Labels and annotations for the Pod, beside those of the template.' },
      ),
      env: atomicList(
        object('SandboxClaimEnvVar', {
          name: required(string({ doc: 'Name of the variable.' })),
          value: required(string({ doc: 'Its value. May be empty.' })),
          containerName: string({ doc: 'The container that gets it. Absent: the first regular one.' }),
        }),
        { doc: 'Environment variables. A claim that has any is started cold.' },
      ),
      volumeClaimTemplates,
    },
    { doc: 'What is wanted.' },
  ),
  status: object(
    'SandboxClaimStatus',
    {
      conditions,
      sandbox: object(
        'SandboxClaimBinding',
        { name: string({ doc: 'Name of the Sandbox.' }), podIPs, serviceFQDN: string({ doc: 'Name of its Service in the cluster DNS.' }) },
        { doc: 'The Sandbox that the claim has got.' },
      ),
    },
    { doc: 'What is seen.' },
  ),
  columns: [READY, { name: 'Sandbox', type: 'string', jsonPath: '.status.sandbox.name' }, REASON, AGE],
};

export const SANDBOX_WARM_POOL: Kind = {
  kind: 'SandboxWarmPool',
  group: EXTENSIONS_GROUP,
  plural: 'sandboxwarmpools',
  shortName: 'swp',
  doc: 'Keeps started Sandboxes in stock.',
  spec: object(
    'SandboxWarmPoolSpec',
    {
      replicas: int32({ minimum: 0, default: 1, doc: 'Members to keep in stock. Leave it out where an autoscaler owns it.' }),
      sandboxTemplateRef: required(
        object('SandboxTemplateReference', { name: required(string({ doc: 'Name of the template.' })) }, { doc: 'The template of the members.' }),
      ),
      updateStrategy: object(
        'SandboxWarmPoolUpdateStrategy',
        {
          type: oneOf('UpdateStrategy', ['Recreate', 'OnReplenish'], {
            default: 'OnReplenish',
            doc: 'Recreate replaces members of an older template, OnReplenish lets them be claimed first.',
          }),
        },
        { doc: 'What a change of the template does to members in stock.' },
      ),
      readinessGracePeriodSeconds: int32({ minimum: 30, doc: 'How long a member may take to become Ready before it is replaced.' }),
    },
    { doc: 'What is wanted.' },
  ),
  status: object(
    'SandboxWarmPoolStatus',
    {
      replicas: int32({ doc: 'Members in stock.' }),
      readyReplicas: int32({ doc: 'Ready members in stock.' }),
      selector: string({ doc: 'Label selector of the Pods of members in stock.' }),
      observedGeneration: int64({ minimum: 0, doc: 'The generation that the status speaks of.' }),
    },
    { doc: 'What is seen.' },
  ),
  scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' },
  columns: [{ name: 'Ready', type: 'integer', jsonPath: '.status.readyReplicas' }, { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas' }, AGE],
};

/** The four kinds, in the order in which they depend on each other. */
export const KINDS: readonly Kind[] = [SANDBOX, SANDBOX_TEMPLATE, SANDBOX_WARM_POOL, SANDBOX_CLAIM];

/** `group/version` of a kind. */
export const apiVersionOf = (kind: Kind): string => `${kind.group}/${VERSION}`;
