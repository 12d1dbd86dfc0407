/** Label keys of spec 02 §1. */
export const LABELS = {
  sandboxNameHash: 'agents.x-k8s.io/sandbox-name-hash',
  warmPool: 'agents.x-k8s.io/warm-pool-sandbox',
  templateRefHash: 'agents.x-k8s.io/sandbox-template-ref-hash',
  templateHash: 'agents.x-k8s.io/sandbox-template-hash',
  podTemplateHash: 'agents.x-k8s.io/sandbox-pod-template-hash',
  launchType: 'agents.x-k8s.io/launch-type',
  createdBy: 'agents.x-k8s.io/created-by',
  claimUid: 'agents.x-k8s.io/claim-uid',
  sandboxUid: 'agents.x-k8s.io/sandbox-uid',
  adoptable: 'agents.x-k8s.io/adoptable',
  sandboxName: 'agents.x-k8s.io/sandbox-name',
} as const;

/** Annotation keys of spec 02 §2. */
export const ANNOTATIONS = {
  templateRef: 'agents.x-k8s.io/sandbox-template-ref',
  propagatedLabels: 'agents.x-k8s.io/propagated-labels',
  propagatedAnnotations: 'agents.x-k8s.io/propagated-annotations',
  sandboxName: 'agents.x-k8s.io/sandbox-name',
  firstObservedAt: 'agents.x-k8s.io/controller-first-observed-at',
  firstRequestedAt: 'agents.x-k8s.io/client-first-requested-at',
  webhookObservedAt: 'agents.x-k8s.io/webhook-first-observed-at',
  firstReadyAt: 'agents.x-k8s.io/claim-first-ready-at',
  podName: 'agents.x-k8s.io/pod-name',
  traceContext: 'opentelemetry.io/trace-context',
  safeToEvict: 'cluster-autoscaler.kubernetes.io/safe-to-evict',
} as const;

/** Values of `created-by` that keep their name on a Pod (spec 02 §1.3). */
const KNOWN_CREATORS = ['go-client', 'python-client', 'controller'];

/** The value of `created-by` that may reach a Pod and a metric: a known one, or `unknown`. */
export const normalizedCreator = (value: string, further: readonly string[] = []): string =>
  KNOWN_CREATORS.includes(value) || further.includes(value) ? value : 'unknown';
