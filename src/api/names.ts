/** Names, hashes and key rules of spec 02. Pure; the construct library and the controller both use them. */

/** The 8-digit FNV-1a (32 bit) hash of a text's UTF-8 bytes (spec 02 §5.1). It finds candidates; an owner UID decides. */
export function nameHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** Name of the PersistentVolumeClaim of a volume claim template. */
export const volumeClaimName = (volume: string, sandbox: string): string => `${volume}-${sandbox}`;

/** Name of the NetworkPolicy that the controller keeps for a template. */
export const networkPolicyName = (template: string): string => `${template}-network-policy`;

/** Name of the template that would have a NetworkPolicy of that name. */
export const findTemplateOfPolicy = (policy: string): string | undefined => /^(.+)-network-policy$/.exec(policy)?.[1];

/** Whether a label or annotation key belongs to the system (spec 02 §1.1). */
export const isReservedKey = (key: string): boolean => key.startsWith('agents.x-k8s.io/') || key.startsWith('extensions.agents.x-k8s.io/');

/** Longest name of a Service, a label value and a container. */
export const LABEL_LENGTH = 63;
/** Longest name of most objects. */
export const SUBDOMAIN_LENGTH = 253;

const SERVICE = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

export const isServiceName = (name: string): boolean => name.length <= LABEL_LENGTH && SERVICE.test(name);
export const isDnsSubdomain = (name: string): boolean => name.length <= SUBDOMAIN_LENGTH && SUBDOMAIN.test(name);
export const isLabelValue = (value: string): boolean => value.length <= LABEL_LENGTH && LABEL_VALUE.test(value);

/** Whether a text is a label or annotation key: an optional DNS subdomain and `/`, then 1–63 characters. */
export function isQualifiedName(key: string): boolean {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  return (slash < 0 || isDnsSubdomain(key.slice(0, slash))) && name.length > 0 && isLabelValue(name);
}
