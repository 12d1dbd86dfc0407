import * as kplus from 'cdk8s-plus-28';

/**
 * A probe that renders nothing. cdk8s-plus gives every container with a port a TCP startup probe and has no other way to say "none".
 * The cast: Probe has a private constructor, and a container only ever calls this method of it.
 */
const NO_PROBE = { _toKube: () => undefined } as unknown as kplus.Probe;

/** The container as this library means it: what cdk8s-plus would add without being asked is left out. */
export function regularContainer(props: kplus.ContainerProps): kplus.ContainerProps {
  return { ...initContainer(props), portNumber: props.portNumber, ports: props.ports, startup: props.startup ?? NO_PROBE };
}

/** The same for an init container. It may have no startup probe at all, so its port is listed, not declared as the one to probe. */
export function initContainer(props: kplus.ContainerProps): kplus.ContainerProps {
  const { portNumber, ...rest } = props;
  return {
    ...rest,
    ports: [...(portNumber === undefined ? [] : [{ number: portNumber }]), ...(props.ports ?? [])],
    imagePullPolicy: props.imagePullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
    resources: props.resources ?? {},
  };
}
