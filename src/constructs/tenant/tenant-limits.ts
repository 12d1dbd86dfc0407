import type { Size } from 'cdk8s';
import type { Cpu } from 'cdk8s-plus-28';
import { CORE_GROUP, EXTENSIONS_GROUP, SANDBOX, SANDBOX_CLAIM } from '../../api/kinds';
import { countQuantity, cpuQuantity, sizeQuantity } from '../quantity';

/** What all objects of a tenant may use together. */
export interface TenantQuota {
  /**
   * Number of Pods that are not finished.
   * @default - no limit
   */
  readonly pods?: number;
  /**
   * Sum of the CPU requests. Kubernetes then refuses Pods without a request: set `limits.defaultCpu` for those.
   * @default - no limit
   */
  readonly cpu?: Cpu;
  /**
   * Sum of the memory requests. Kubernetes then refuses Pods without a request: set `limits.defaultMemory` for those.
   * @default - no limit
   */
  readonly memory?: Size;
  /**
   * Sum of the storage that PersistentVolumeClaims request.
   * @default - no limit
   */
  readonly storage?: Size;
  /**
   * Number of SandboxClaims.
   * @default - no limit
   */
  readonly claims?: number;
  /**
   * Number of Sandboxes, those in stock in pools included.
   * @default - no limit
   */
  readonly sandboxes?: number;
}

/** What one container of a tenant gets and may ask for. */
export interface TenantLimits {
  /**
   * CPU limit, and request, of a container that states none.
   * @default - the greatest allowed CPU, if there is one
   */
  readonly defaultCpu?: Cpu;
  /**
   * Memory limit, and request, of a container that states none.
   * @default - the greatest allowed memory, if there is one
   */
  readonly defaultMemory?: Size;
  /**
   * Greatest CPU limit of one container.
   * @default - no limit
   */
  readonly maxCpu?: Cpu;
  /**
   * Greatest memory limit of one container.
   * @default - no limit
   */
  readonly maxMemory?: Size;
}

type Amounts = Readonly<Record<string, string>>;

/** `spec.hard` of the ResourceQuota; undefined when nothing is limited. `where` names the construct in errors. */
export function quotaHard(quota: TenantQuota, where: string): Amounts | undefined {
  return present({
    pods: quota.pods === undefined ? undefined : countQuantity(quota.pods, `${where}: quota.pods`),
    'requests.cpu': quota.cpu && cpuQuantity(quota.cpu, `${where}: quota.cpu`),
    'requests.memory': quota.memory && sizeQuantity(quota.memory, `${where}: quota.memory`),
    'requests.storage': quota.storage && sizeQuantity(quota.storage, `${where}: quota.storage`),
    [`count/${SANDBOX_CLAIM.plural}.${EXTENSIONS_GROUP}`]: quota.claims === undefined ? undefined : countQuantity(quota.claims, `${where}: quota.claims`),
    [`count/${SANDBOX.plural}.${CORE_GROUP}`]: quota.sandboxes === undefined ? undefined : countQuantity(quota.sandboxes, `${where}: quota.sandboxes`),
  });
}

/** The item of the LimitRange, with what the API server would fill in; undefined when nothing is limited. */
export function limitRangeItem(limits: TenantLimits, where: string): Readonly<Record<string, unknown>> | undefined {
  const max = present({
    cpu: limits.maxCpu && cpuQuantity(limits.maxCpu, `${where}: limits.maxCpu`),
    memory: limits.maxMemory && sizeQuantity(limits.maxMemory, `${where}: limits.maxMemory`),
  });
  const given = present({
    cpu: limits.defaultCpu && cpuQuantity(limits.defaultCpu, `${where}: limits.defaultCpu`),
    memory: limits.defaultMemory && sizeQuantity(limits.defaultMemory, `${where}: limits.defaultMemory`),
  });
  if (!max && !given) return undefined;
  // The API server takes a missing default from the maximum and a missing default request from the default.
  const defaults = { ...max, ...given };
  return { type: 'Container', default: defaults, defaultRequest: defaults, ...(max && { max }) };
}

function present(amounts: Readonly<Record<string, string | undefined>>): Amounts | undefined {
  const entries = Object.entries(amounts).flatMap(([key, amount]) => (amount === undefined ? [] : [[key, amount] as const]));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
