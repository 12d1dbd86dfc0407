import { isLabelValue, isQualifiedName } from './names';

/** Label domains that a claim may use unless the controller is configured otherwise (spec 07 §3). */
export const ALLOWED_LABEL_DOMAINS: readonly string[] = ['sandbox.users.io'];

/** Annotation domains that belong to the system (spec 05 §12.1). */
const SYSTEM_DOMAINS = ['kubernetes.io', 'k8s.io', 'agents.x-k8s.io'];
/** The one annotation of a system domain that a claim may set: it is the owner of the work who knows whether it may be evicted. */
const FREE_ANNOTATION = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

type Pairs = Readonly<Record<string, string>>;

/** Why `additionalPodMetadata` of a claim is refused (spec 05 §12.1): labels before annotations, keys in order. */
export function additionalMetadataProblems(metadata: { readonly labels?: Pairs; readonly annotations?: Pairs }, allowed = ALLOWED_LABEL_DOMAINS): string[] {
  return [
    ...sorted(metadata.labels).flatMap(([key, value]) => prefixed(`failed to validate label "${key}": `, labelProblem(key, value, allowed))),
    ...sorted(metadata.annotations).flatMap(([key]) => prefixed(`failed to validate annotation "${key}": `, annotationProblem(key))),
  ];
}

const sorted = (pairs: Pairs = {}): Array<[string, string]> => Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1));
const prefixed = (prefix: string, problem: string | undefined): string[] => (problem === undefined ? [] : [prefix + problem]);

function labelProblem(key: string, value: string, allowed: readonly string[]): string | undefined {
  if (!isQualifiedName(key)) return `invalid label key: "${key}": ${KEY_FORM}`;
  if (key.toLowerCase() === 'app' && value.toLowerCase() === 'sandbox-router')
    return `restricted system label value: "${key}"="${value}" is not allowed in AdditionalPodMetadata`;
  const domain = domainOf(key);
  if (domain === undefined)
    return `label "${key}" must have a domain prefix (e.g. 'sandbox.users.io/my-label') to prevent opting into unintended policy domains`;
  if (!isWithin(domain, allowed)) return `label domain "${domain}" is not in the allowlist`;
  return isLabelValue(value) ? undefined : `invalid label value: "${value}" does not match allowed pattern: ${VALUE_FORM}`;
}

function annotationProblem(key: string): string | undefined {
  if (!isQualifiedName(key)) return `invalid annotation key: "${key}": ${KEY_FORM}`;
  const domain = domainOf(key);
  return domain !== undefined && key !== FREE_ANNOTATION && isWithin(domain, SYSTEM_DOMAINS)
    ? `restricted system domain: "${key}" is not allowed in AdditionalPodMetadata`
    : undefined;
}

const KEY_FORM = 'expected an optional DNS subdomain and /, then 1 to 63 of A-Z, a-z, 0-9, -, _ and ., beginning and ending with a letter or digit';
const VALUE_FORM = 'at most 63 of A-Z, a-z, 0-9, -, _ and ., beginning and ending with a letter or digit';

// A valid key has its domain in lower case.
const domainOf = (key: string): string | undefined => (key.includes('/') ? key.slice(0, key.indexOf('/')) : undefined);
const isWithin = (domain: string, domains: readonly string[]): boolean => domains.some((other) => domain === other || domain.endsWith(`.${other}`));
