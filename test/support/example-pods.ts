import { LABELS } from '../../src/api/keys';
import { nameHash } from '../../src/api/names';
import { desiredPolicySpec } from '../../src/controllers/template/desired-policy';
import type { ExampleOutput, Manifest } from './example-output';
import type { NetworkPolicy, Pod } from './network-reach';

/** The Pod that brings people to their Sandboxes. */
export const ROUTER: Pod = { namespace: 'agent-sandbox-system', labels: { app: 'sandbox-router' } };
/** A Pod that no example made. */
export const stranger = (namespace: string): Pod => ({ namespace, labels: { app: 'stranger' } });

type Metadata = Manifest['metadata'];

interface PodTemplate {
  readonly metadata?: Partial<Metadata>;
  readonly spec: {
    readonly runtimeClassName?: string;
    readonly securityContext?: object;
    readonly containers: ReadonlyArray<{ readonly resources?: object; readonly volumeMounts?: ReadonlyArray<{ readonly name: string }> }>;
  };
}
/** `spec` of a Sandbox or a template. */
export interface Blueprint {
  readonly podTemplate: PodTemplate;
  readonly volumeClaimTemplates?: ReadonlyArray<{ readonly metadata: Metadata }>;
}

/** `spec` of a Deployment or the like. */
export interface Workload {
  readonly template: PodTemplate;
}

/** A Pod that the controller makes of a template, as a member in stock or as a Sandbox that somebody has claimed. */
export function sandboxOf({ metadata: { name, namespace = '' } }: Manifest, isInStock = false): Pod {
  return { namespace, labels: { [LABELS.templateRefHash]: nameHash(name), ...(isInStock && { [LABELS.warmPool]: 'pool' }) } };
}

/** A Pod of a Deployment or the like. */
export function podOf({ metadata: { namespace = '' }, spec }: Manifest<Workload>): Pod {
  return { namespace, labels: spec.template.metadata?.labels ?? {} };
}

/** The NetworkPolicies of an example, those that the controller makes for its templates included. */
export function policiesOf(output: ExampleOutput): readonly NetworkPolicy[] {
  const written = output.all<NetworkPolicy['spec']>('NetworkPolicy');
  const made = output.all('SandboxTemplate').map((template) => ({
    metadata: { namespace: template.metadata.namespace },
    // Of a template it reads only what every manifest has.
    spec: desiredPolicySpec(template as unknown as Parameters<typeof desiredPolicySpec>[0]),
  }));
  return [...written, ...made];
}
