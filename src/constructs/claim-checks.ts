import { additionalMetadataProblems, ALLOWED_LABEL_DOMAINS } from '../api/additional-metadata';
import type { SandboxAdditionalPodMetadata, SandboxClaimEnvVar, SandboxVolumeClaimTemplate } from '../api/types.generated';
import { nameProblems } from './blueprint-checks';
import { expiryProblems, type Expiry } from './expiry';
import type { RenderedBlueprint } from './rendered';

/** What a claim says about itself. */
export interface CheckedClaim {
  readonly name: string;
  readonly expiry?: Expiry;
  readonly variables: readonly SandboxClaimEnvVar[];
  readonly volumeClaimTemplates?: readonly SandboxVolumeClaimTemplate[];
  readonly podMetadata?: SandboxAdditionalPodMetadata;
  readonly allowedLabelDomains?: readonly string[];
}

/** What is wrong with a claim, as far as its template is known (spec 05 §10–12). */
export function claimProblems(claim: CheckedClaim, template: RenderedBlueprint | undefined): string[] {
  const { volumeClaimTemplates = [] } = claim;
  const volumes = [...(template?.volumeClaimTemplates ?? []), ...volumeClaimTemplates];
  return [
    // Without a warm member the Sandbox has the name of the claim.
    ...nameProblems(claim.name, { service: template?.service, volumeClaimTemplates: volumes }),
    ...expiryProblems(claim.expiry),
    ...metadataProblems(claim, template),
    ...duplicateProblems(claim.variables, template),
    ...(template ? variableProblems(claim.variables, template) : []),
    ...volumeClaimProblems(volumeClaimTemplates, template),
  ];
}

function metadataProblems({ podMetadata = {}, allowedLabelDomains = ALLOWED_LABEL_DOMAINS }: CheckedClaim, template: RenderedBlueprint | undefined): string[] {
  const conflicts = (['labels', 'annotations'] as const).flatMap((part) => {
    const fixed: Readonly<Record<string, string>> = template?.podTemplate.metadata?.[part] ?? {};
    return Object.entries(podMetadata[part] ?? {})
      .filter(([key, value]) => key in fixed && fixed[key] !== value)
      .map(
        ([key, value]) =>
          `${part}: ${key}: the template says ${JSON.stringify(fixed[key])}, this claim ${JSON.stringify(value)}, and nothing of a template is overridden; remove it`,
      );
  });
  const invalid = additionalMetadataProblems(podMetadata, allowedLabelDomains).map(
    (problem) => `${problem}; rename or remove it, or set allowedLabelDomains to what the controller is configured for`,
  );
  return [...invalid, ...conflicts].map((problem) => `podMetadata: ${problem}`);
}

const targetOf = (variable: SandboxClaimEnvVar, template: RenderedBlueprint | undefined): string =>
  variable.containerName || template?.podTemplate.spec.containers?.[0]?.name || '';

function duplicateProblems(variables: readonly SandboxClaimEnvVar[], template: RenderedBlueprint | undefined): string[] {
  const ids = variables.map((variable) => `${targetOf(variable, template)}/${variable.name}`);
  return variables
    .filter((variable, index) => ids.indexOf(`${targetOf(variable, template)}/${variable.name}`) < index)
    .map(
      ({ name, containerName }) =>
        `env: ${name} is given twice for ${containerName ? `container ${containerName}` : 'the first container'}; remove one of the two`,
    );
}

function variableProblems(variables: readonly SandboxClaimEnvVar[], template: RenderedBlueprint): string[] {
  if (variables.length === 0) return [];
  const policy = template.envVarsInjectionPolicy ?? 'Disallowed';
  if (policy === 'Disallowed')
    return [`env: the template does not allow variables of claims; set envVarsInjectionPolicy on the template to ALLOWED or OVERRIDES, or remove env`];
  const { containers = [], initContainers = [] } = template.podTemplate.spec;
  const all = [...initContainers, ...containers];
  return variables.flatMap((variable) => {
    const target = targetOf(variable, template);
    const container = all.find((other) => other.name === target);
    if (!container) return [`env: ${variable.name}: the template has no container ${target}; it has ${all.map((other) => other.name).join(', ')}`];
    if (policy === 'Overrides') return [];
    if ((container.envFrom?.length ?? 0) > 0)
      return [
        `env: ${variable.name}: container ${target} takes variables from elsewhere (envFrom), which ALLOWED cannot keep from being replaced; set envVarsInjectionPolicy to OVERRIDES, or remove it`,
      ];
    return container.env?.some((other) => other.name === variable.name)
      ? [
          `env: ${variable.name}: container ${target} has it already, and the template allows to add only; set envVarsInjectionPolicy to OVERRIDES, or remove it`,
        ]
      : [];
  });
}

function volumeClaimProblems(volumes: readonly SandboxVolumeClaimTemplate[], template: RenderedBlueprint | undefined): string[] {
  if (volumes.length === 0) return [];
  const names = volumes.map((volume) => volume.metadata?.name ?? '');
  const own = names.flatMap((name, index) => {
    if (name === '') return [`volumeClaimTemplates[${index}]: metadata.name is missing; it names the volume, such as data`];
    return names.indexOf(name) < index ? [`volumeClaimTemplates[${index}]: there are two of the name ${name}; give one of them another name`] : [];
  });
  return template ? [...own, ...volumePolicyProblems(names, template)] : own;
}

function volumePolicyProblems(names: readonly string[], template: RenderedBlueprint): string[] {
  const policy = template.volumeClaimTemplatesPolicy ?? 'Disallowed';
  if (policy === 'Disallowed')
    return [
      `volumeClaimTemplates: the template does not allow volumes of claims; set volumeClaimTemplatesPolicy on the template to ALLOWED or OVERRIDES, or remove them`,
    ];
  const fixed = new Set(template.volumeClaimTemplates?.map((volume) => volume.metadata?.name));
  return names
    .filter((name) => policy === 'Allowed' && fixed.has(name))
    .map(
      (name) =>
        `volumeClaimTemplates: the template has ${name} already and allows to add only; set volumeClaimTemplatesPolicy to OVERRIDES, or choose another name`,
    );
}
