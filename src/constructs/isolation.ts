import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Toleration } from '../api/k8s.generated';
import { clusterObject } from './cluster-object';

/** Options of `Isolation.runtimeClass`. */
export interface RuntimeClassOptions {
  /**
   * Handler of the container runtime that `createRuntimeClass` writes down.
   * @default - the name of the RuntimeClass
   */
  readonly handler?: string;
  /**
   * Labels of the nodes that have the runtime.
   * @default - any node
   */
  readonly nodeSelector?: { readonly [key: string]: string };
  /**
   * Taints of those nodes.
   * @default - none
   */
  readonly tolerations?: Toleration[];
  /**
   * Memory that the runtime itself needs per Pod, so that the scheduler and quotas count it.
   * @default - none
   */
  readonly memoryOverhead?: string;
}

/** How a Sandbox is kept apart from its node: which runtime runs its containers. */
export class Isolation {
  /** gVisor under the RuntimeClass `gvisor`, handler `runsc`. */
  public static readonly GVISOR = new Isolation('gvisor', true, { handler: 'runsc' });
  /** gVisor on GKE Sandbox node pools, which carry a label and a taint of their own. */
  public static readonly GVISOR_ON_GKE = new Isolation('gvisor', true, {
    handler: 'gvisor',
    nodeSelector: { 'sandbox.gke.io/runtime': 'gvisor' },
    tolerations: [{ key: 'sandbox.gke.io/runtime', operator: 'Equal', value: 'gvisor', effect: 'NoSchedule' }],
  });
  /** Kata Containers with QEMU. About 1.1 GiB of memory per Pod are reported for the virtual machine, hence pools. */
  public static readonly KATA = new Isolation('kata-qemu', false, {
    handler: 'kata-qemu',
    nodeSelector: { 'katacontainers.io/kata-runtime': 'true' },
    memoryOverhead: '160Mi',
  });

  /** Any RuntimeClass of the cluster. */
  public static runtimeClass(name: string, options: RuntimeClassOptions = {}): Isolation {
    return new Isolation(name, /gvisor|runsc/.test(name), options);
  }

  private constructor(
    /** Name of the RuntimeClass. */
    public readonly runtimeClassName: string,
    /** Whether gVisor's limits apply. */
    public readonly isGvisor: boolean,
    private readonly options: RuntimeClassOptions,
  ) {}

  /** Creates the RuntimeClass, with the node selector and tolerations of its provider. One per cluster. */
  public createRuntimeClass(scope: Construct, id: string = this.runtimeClassName): ApiObject {
    const { handler = this.runtimeClassName, nodeSelector, tolerations, memoryOverhead } = this.options;
    return clusterObject(scope, id, {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: this.runtimeClassName },
      handler,
      ...(memoryOverhead && { overhead: { podFixed: { memory: memoryOverhead } } }),
      ...((nodeSelector || tolerations) && { scheduling: { nodeSelector, tolerations } }),
    });
  }
}

/** Settings of a Pod that gVisor cannot honour; each text says where and what to do. Pure: it looks at a rendered PodSpec. */
export function gvisorProblems(podSpec: RenderedPodSpec): string[] {
  const host = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => podSpec[name]).map((name) => `spec.podTemplate.spec.${name}`);
  const containers = [...(podSpec.initContainers ?? []), ...(podSpec.containers ?? [])].flatMap((container) => [
    ...(container.securityContext?.privileged ? [`container ${container.name}: securityContext.privileged`] : []),
    ...(container.securityContext?.procMount === 'Unmasked' ? [`container ${container.name}: securityContext.procMount Unmasked`] : []),
    ...((container.volumeDevices?.length ?? 0) > 0 ? [`container ${container.name}: volumeDevices`] : []),
  ]);
  return [...host, ...containers].map((place) => `${place} cannot be honoured by gVisor; remove it or choose another Isolation`);
}

/** The parts of a rendered PodSpec that checks look at. */
export interface RenderedPodSpec {
  readonly runtimeClassName?: string;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly containers?: readonly RenderedContainer[];
  readonly initContainers?: readonly RenderedContainer[];
  readonly volumes?: ReadonlyArray<{ readonly name: string }>;
}

interface RenderedContainer {
  readonly name: string;
  readonly env?: ReadonlyArray<{ readonly name: string }>;
  readonly envFrom?: readonly unknown[];
  readonly securityContext?: { readonly privileged?: boolean; readonly procMount?: string };
  readonly volumeDevices?: ReadonlyArray<{ readonly name: string }>;
  readonly volumeMounts?: ReadonlyArray<{ readonly name: string }>;
}
