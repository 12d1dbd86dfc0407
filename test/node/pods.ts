import { cluster, type KubeObject } from '../cluster/connection';
import { until } from '../cluster/until';

/** A container starts in a second or two; on a machine that is busy with other things it takes longer. */
const START_TIMEOUT_MS = 90_000;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** What the tests look at in a status, of whatever kind. */
interface Status {
  readonly phase?: string;
  readonly conditions?: readonly Condition[];
}

/** A condition of an object, if it has one of this type. */
export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  // Every kind here has conditions of this form, or none.
  return (object.status as Status | undefined)?.conditions?.find((condition) => condition.type === type);
}

export const isReady = (object: KubeObject): boolean => conditionOf(object, 'Ready')?.status === 'True';

/** Of a pool. */
export const readyMembers = (pool: KubeObject): number => (pool.status as { readonly readyReplicas?: number } | undefined)?.readyReplicas ?? 0;

/** The object at a path; undefined when there is none. */
export async function find(path: string): Promise<KubeObject | undefined> {
  const { status, body } = await cluster().request('GET', path);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`GET ${path}: status ${status}: ${JSON.stringify(body)}`);
  return body as KubeObject; // 200 comes with the object.
}

/** Waits until the object at a path fits; `what` completes the sentence "waited for <path> …". The last status is told when it never does. */
export async function untilObject(path: string, what: string, fits: (object: KubeObject) => boolean, timeoutMs = START_TIMEOUT_MS): Promise<KubeObject> {
  let last: KubeObject | undefined;
  const probe = async () => {
    last = await find(path);
    return last !== undefined && fits(last) ? last : undefined;
  };
  return until(`${path} ${what}`, probe, timeoutMs).catch((error: unknown) => {
    throw new Error(`${String(error)}; found ${JSON.stringify(last?.status)}`);
  });
}

export async function untilGone(path: string, timeoutMs = START_TIMEOUT_MS): Promise<void> {
  await until(`${path} to be gone`, async () => ((await find(path)) === undefined ? true : undefined), timeoutMs);
}

export const podPath = (namespace: string, name: string): string => `/api/v1/namespaces/${namespace}/pods/${name}`;

export const sandboxPath = (namespace: string, name: string): string => `/apis/agents.x-k8s.io/v1beta1/namespaces/${namespace}/sandboxes/${name}`;
export const claimPath = (namespace: string, name: string): string => `/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/${namespace}/sandboxclaims/${name}`;
export const poolPath = (namespace: string, name: string): string =>
  `/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/${namespace}/sandboxwarmpools/${name}`;
export const volumePath = (namespace: string, name: string): string => `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;

export function podReady(namespace: string, name: string): Promise<KubeObject> {
  return untilObject(podPath(namespace, name), 'to be Ready', isReady);
}

/** Runs a command in a Pod; resolves to its output. */
export function execIn(namespace: string, pod: string, ...command: readonly string[]): Promise<string> {
  return cluster().kubectl(['exec', '--namespace', namespace, pod, '--', ...command]);
}
