import { CONTROLLER_NAME, TUNING_CONFIG_MAP, TUNING_FOLDER } from '../../api/installation';
import type { ControllerProgram } from './controller-image';
import { BUNDLE_FOLDER } from './inline-bundle';
import type { Manifest } from './manifest';

/** What decides about the Deployment of the controller. */
export interface ControllerDeployment {
  readonly program: ControllerProgram;
  readonly replicas: number;
  readonly args: readonly string[];
  /** Absent when metrics are switched off. */
  readonly metricsPort: number | undefined;
  readonly healthPort: number;
  /** `resources` of the container. */
  readonly resources: object;
  readonly priorityClassName?: string;
  /** Changes with the tuning, which is read at start only. */
  readonly tuningHash?: string;
}

/** Labels of the Pods of the controller. */
export const CONTROLLER_LABELS = { app: CONTROLLER_NAME };
/** Names of the ports; Service, probes and ServiceMonitor refer to them. */
export const METRICS_PORT = 'metrics';
const HEALTH_PORT = 'healthz';

/** `spec` of the Deployment (spec 07 §8), with what the API server would fill in below lists: they are compared as a whole. */
export function deploymentSpec(controller: ControllerDeployment): object {
  const { replicas, tuningHash } = controller;
  return {
    replicas,
    selector: { matchLabels: CONTROLLER_LABELS },
    template: {
      metadata: { labels: CONTROLLER_LABELS, ...(tuningHash && { annotations: { 'checksum/config': tuningHash } }) },
      spec: podSpec(controller),
    },
  };
}

const BUNDLE_VOLUME = 'bundle';
const READABLE = 0o644;

function podSpec(controller: ControllerDeployment): object {
  const { runAsUser, configMaps } = controller.program;
  return {
    serviceAccountName: CONTROLLER_NAME,
    ...(controller.priorityClassName && { priorityClassName: controller.priorityClassName }),
    // Our own image names its user, and OpenShift gives each namespace a range of its own.
    securityContext: { runAsNonRoot: true, ...(runAsUser !== undefined && { runAsUser }), seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container(controller)],
    volumes: [
      { name: 'config-volume', configMap: { name: TUNING_CONFIG_MAP, optional: true, defaultMode: READABLE } },
      ...(configMaps.length > 0 ? [{ name: BUNDLE_VOLUME, projected: { defaultMode: READABLE, sources: sourcesOf(configMaps) } }] : []),
    ],
    ...(controller.replicas > 1 && { topologySpreadConstraints: [SPREAD] }),
  };
}

const sourcesOf = (configMaps: readonly Manifest[]): object[] => configMaps.map(({ metadata: { name } }) => ({ configMap: { name } }));

const SPREAD = {
  maxSkew: 1,
  topologyKey: 'kubernetes.io/hostname',
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: CONTROLLER_LABELS },
};

/** How Node.js is started in the cluster. Less room for young objects keeps the peak under load down (docs/performance.md). */
export const NODE_OPTIONS = '--max-semi-space-size=2';

/**
 * How glibc's malloc is started: pieces of so many bytes and more go back to the system as soon as they are free. What reading and compiling need for
 * a moment is of that kind, and would stay with the process for good (docs/performance.md). Another libc does not know the variable.
 */
export const MALLOC_OPTIONS: Readonly<Record<string, string>> = { MALLOC_MMAP_THRESHOLD_: '32768' };

function container({ program, args, metricsPort, healthPort, resources }: ControllerDeployment): object {
  const { image, command, configMaps } = program;
  return {
    name: CONTROLLER_NAME,
    image,
    imagePullPolicy: 'IfNotPresent',
    ...(command && { command }),
    args,
    env: Object.entries({ NODE_OPTIONS, ...MALLOC_OPTIONS }).map(([name, value]) => ({ name, value })),
    ports: [
      ...(metricsPort === undefined ? [] : [{ name: METRICS_PORT, containerPort: metricsPort, protocol: 'TCP' }]),
      { name: HEALTH_PORT, containerPort: healthPort, protocol: 'TCP' },
    ],
    // Delays and periods are those of spec 07 §8.
    livenessProbe: probe('/healthz', { initialDelaySeconds: 15, periodSeconds: 20 }),
    readinessProbe: probe('/readyz', { initialDelaySeconds: 5, periodSeconds: 10 }),
    resources,
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
    // What a crash loop was about is seen in kubectl describe.
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'config-volume', mountPath: TUNING_FOLDER, readOnly: true },
      ...(configMaps.length > 0 ? [{ name: BUNDLE_VOLUME, mountPath: BUNDLE_FOLDER, readOnly: true }] : []),
    ],
  };
}

const probe = (path: string, times: { readonly initialDelaySeconds: number; readonly periodSeconds: number }): object => ({
  httpGet: { path, port: HEALTH_PORT, scheme: 'HTTP' },
  ...times,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
});
