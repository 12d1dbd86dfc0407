import { CONTROLLER_NAME, TUNING_CONFIG_MAP, TUNING_FOLDER } from '../../api/installation';

/** What decides about the Deployment of the controller. */
export interface ControllerDeployment {
  readonly image: string;
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

function podSpec(controller: ControllerDeployment): object {
  return {
    serviceAccountName: CONTROLLER_NAME,
    ...(controller.priorityClassName && { priorityClassName: controller.priorityClassName }),
    // No user is named: the image names one, and OpenShift gives each namespace a range of its own.
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container(controller)],
    volumes: [{ name: 'config-volume', configMap: { name: TUNING_CONFIG_MAP, optional: true, defaultMode: 0o644 } }],
    ...(controller.replicas > 1 && { topologySpreadConstraints: [SPREAD] }),
  };
}

const SPREAD = {
  maxSkew: 1,
  topologyKey: 'kubernetes.io/hostname',
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: CONTROLLER_LABELS },
};

/** How Node.js is started in the cluster. */
export const NODE_OPTIONS = '--max-semi-space-size=2';

function container({ image, args, metricsPort, healthPort, resources }: ControllerDeployment): object {
  return {
    name: CONTROLLER_NAME,
    image,
    imagePullPolicy: 'IfNotPresent',
    args,
    // Less room for young objects: 0.83 of the memory at rest with 1,000 Sandboxes, and shorter pauses (docs/performance.md).
    env: [{ name: 'NODE_OPTIONS', value: NODE_OPTIONS }],
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
    volumeMounts: [{ name: 'config-volume', mountPath: TUNING_FOLDER, readOnly: true }],
  };
}

const probe = (path: string, times: { readonly initialDelaySeconds: number; readonly periodSeconds: number }): object => ({
  httpGet: { path, port: HEALTH_PORT, scheme: 'HTTP' },
  ...times,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
});
