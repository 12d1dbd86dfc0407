import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { IConstruct } from 'constructs';
import type { SandboxPodProps } from './sandbox-pod-props';

/** Names of `AbstractPodProps` that describe a Pod. */
const POD_PROPS = [
  'containers',
  'initContainers',
  'volumes',
  'restartPolicy',
  'serviceAccount',
  'securityContext',
  'hostAliases',
  'dns',
  'dockerRegistryAuth',
  'automountServiceAccountToken',
  'isolate',
  'hostNetwork',
  'terminationGracePeriod',
] as const satisfies ReadonlyArray<keyof kplus.AbstractPodProps>;

/**
 * The Pod of `props.pod`, whose own object is removed from the tree. Throws if the construct is no Pod, has been taken already, or if
 * `props` describe a second Pod.
 */
export function takePod(path: string, pod: IConstruct, props: SandboxPodProps): kplus.AbstractPod {
  if (!isPod(pod)) throw new Error(`${path}: pod: ${pod.node.path} has no Pod; give it a Pod, Deployment or the like of cdk8s-plus`);
  if ('spread' in pod && pod.spread)
    throw new Error(`${path}: pod: ${pod.node.path} has spread: true, which counts on its own object; leave it out and set topologySpreadConstraints`);
  const second = POD_PROPS.filter((name) => props[name] !== undefined);
  if (second.length > 0)
    throw new Error(`${path}: ${second.join(', ')}: the Pod is described by pod (${pod.node.path}) already; set it there, or leave pod out`);
  const object = pod.node.defaultChild;
  if (!ApiObject.isApiObject(object))
    throw new Error(`${path}: pod: ${pod.node.path} has no object of its own to take over; was it taken by another construct?`);
  pod.node.tryRemoveChild(object.node.id);
  Object.entries(props.podMetadata?.labels ?? {}).forEach(([key, value]) => pod.podMetadata.addLabel(key, value));
  Object.entries(props.podMetadata?.annotations ?? {}).forEach(([key, value]) => pod.podMetadata.addAnnotation(key, value));
  return pod;
}

// Another version of cdk8s-plus has another class of that name, so it is recognised by the method; versions 28 to 34 have the same members.
const isPod = (construct: IConstruct): construct is kplus.AbstractPod => '_toPodSpec' in construct;

/** Where a Pod that was taken is to run. Pods and workloads have it; AbstractPod does not declare it. */
export function schedulingOf(pod: kplus.AbstractPod): kplus.PodScheduling {
  return 'scheduling' in pod ? (pod.scheduling as kplus.PodScheduling) : new kplus.PodScheduling(pod);
}
