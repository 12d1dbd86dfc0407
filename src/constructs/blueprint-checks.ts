import { isDnsSubdomain, isReservedKey, isServiceName, SUBDOMAIN_LENGTH, volumeClaimName } from '../api/names';
import { gvisorProblems, Isolation, type RenderedPodSpec } from './isolation';
import type { RenderedBlueprint, RenderedVolumeClaimTemplate } from './rendered';

/** What is wrong with the Pod and the volumes of a Sandbox or a template. Pure, like all checks here. */
export function blueprintProblems(blueprint: RenderedBlueprint, isolation: Isolation | undefined): string[] {
  const { podTemplate, volumeClaimTemplates = [] } = blueprint;
  return [
    ...reservedKeyProblems(podTemplate.metadata),
    ...volumeProblems(podTemplate.spec, volumeClaimTemplates),
    ...(isGvisor(podTemplate.spec, isolation) ? gvisorProblems(podTemplate.spec) : []),
  ];
}

/** A RuntimeClass may also come from podSpec or from a Pod that was taken over. */
const isGvisor = ({ runtimeClassName = '' }: RenderedPodSpec, isolation: Isolation | undefined): boolean =>
  (isolation?.runtimeClassName === runtimeClassName ? isolation : Isolation.runtimeClass(runtimeClassName)).isGvisor;

function reservedKeyProblems(metadata: RenderedBlueprint['podTemplate']['metadata']): string[] {
  return (['labels', 'annotations'] as const).flatMap((part) =>
    Object.keys(metadata?.[part] ?? {})
      .filter(isReservedKey)
      .map((key) => `podMetadata.${part}: ${key} belongs to the system and would be ignored; use a key of your own domain`),
  );
}

function volumeProblems(spec: RenderedPodSpec, templates: readonly RenderedVolumeClaimTemplate[]): string[] {
  const mounted = new Set(
    [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap((container) =>
      [...(container.volumeMounts ?? []), ...(container.volumeDevices ?? [])].map((mount) => mount.name),
    ),
  );
  return templates.flatMap(({ metadata: { name = '' } = {} }, index) => {
    const place = `volumeClaimTemplates[${index}] ${JSON.stringify(name)}`;
    return [
      ...(isVolumeName(name) ? [] : [`${place}: is not a volume name; expected at most 63 of a-z, 0-9 and -, such as workspace`]),
      ...(mounted.has(name) ? [] : [`${place}: no container mounts it; mount it (container.mount, or addWorkspace), or remove it`]),
      ...(spec.volumes?.some((volume) => volume.name === name)
        ? [`${place}: a volume of the Pod has the same name and would be replaced by it; rename one of the two`]
        : []),
    ];
  });
}

const isVolumeName = (name: string): boolean => name.length > 0 && name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);

/** What a name must serve for, beside naming its object. */
export interface NameUse {
  /** A Service is made of the same name. */
  readonly service?: boolean;
  /** A PersistentVolumeClaim is made of the same name, behind the name of each of these. */
  readonly volumeClaimTemplates?: readonly RenderedVolumeClaimTemplate[];
  /** An object is made whose name is this one with a suffix. */
  readonly suffix?: string;
}

const REMEDY = 'set a shorter metadata.name';

/** Why an object of this name, or what is made along with it, would be refused by the API server. */
export function nameProblems(name: string, { service, volumeClaimTemplates = [], suffix }: NameUse): string[] {
  const found = `metadata.name: found ${JSON.stringify(name)} (${name.length} characters)`;
  if (service && !isServiceName(name))
    return [
      `${found}, but the Service of the same name must start with a letter and have at most 63 of a-z, 0-9 and -; set such a metadata.name, or service: false`,
    ];
  if (!isDnsSubdomain(name)) return [`${found}, expected at most ${SUBDOMAIN_LENGTH} of a-z, 0-9, - and ., such as my-agent; set metadata.name`];
  const made = [
    ...volumeClaimTemplates.map(({ metadata }) => ['PersistentVolumeClaim', volumeClaimName(metadata?.name ?? '', name)]),
    ...(suffix ? [['NetworkPolicy', `${name}${suffix}`]] : []),
  ];
  return made
    .filter(([, child = '']) => child.length > SUBDOMAIN_LENGTH)
    .map(([kind, child = '']) => `${found}, but its ${kind} ${child} has more than ${SUBDOMAIN_LENGTH} characters; ${REMEDY}`);
}
