import { App, Chart, Testing, type ApiObjectMetadata } from 'cdk8s';
import { Sandbox, SandboxTemplate, type k8s, type SandboxPod, type SandboxPodMetadata, type SandboxPodProps, type SandboxVolumeClaimTemplate } from '../../src';

/** An object as it is written to a manifest. */
export interface Manifest<Spec = object> {
  readonly kind: string;
  readonly metadata: ApiObjectMetadata;
  readonly spec: Spec;
}

/** What a Sandbox and a template have in common. */
export interface BlueprintSpec {
  readonly podTemplate: { readonly metadata?: SandboxPodMetadata; readonly spec: k8s.PodSpec };
  readonly volumeClaimTemplates?: readonly SandboxVolumeClaimTemplate[];
}

export const chartIn = (namespace?: string): Chart => new Chart(new App(), 'test', { namespace });

/** All objects of a chart. Throws what a synthesis throws. */
export const manifests = (chart: Chart): Manifest[] => Testing.synth(chart) as Manifest[];

/** The one object of a kind. The caller says what its spec looks like. */
export function manifestOf<Spec>(chart: Chart, kind: string): Manifest<Spec> {
  const [first, ...others] = manifests(chart).filter((manifest) => manifest.kind === kind);
  if (!first || others.length > 0) throw new Error(`expected one ${kind}, found ${others.length + (first ? 1 : 0)}`);
  return first as Manifest<Spec>;
}

/** Both kinds that have a Pod. */
export const POD_KINDS = [
  { kind: 'Sandbox', make: (chart: Chart, props: SandboxPodProps): SandboxPod => new Sandbox(chart, 'agent', { metadata: { name: 'agent' }, ...props }) },
  {
    kind: 'SandboxTemplate',
    make: (chart: Chart, props: SandboxPodProps): SandboxPod => new SandboxTemplate(chart, 'agent', { metadata: { name: 'agent' }, ...props }),
  },
] as const;

export type PodKind = (typeof POD_KINDS)[number];

/** One object of a kind that has a Pod, rendered. */
export function blueprintOf({ kind, make }: PodKind, props: SandboxPodProps, change: (pod: SandboxPod) => void = () => undefined): BlueprintSpec {
  const chart = chartIn('agents');
  change(make(chart, props));
  return manifestOf<BlueprintSpec>(chart, kind).spec;
}

/** Its PodSpec. */
export const podSpecOf = (...given: Parameters<typeof blueprintOf>): k8s.PodSpec => blueprintOf(...given).podTemplate.spec;
