/** A container image reference, completed the way container runtimes do it: `redis` is `docker.io/library/redis`. */
export interface ImageReference {
  /** Registry and repository, such as `docker.io/library/redis`. */
  readonly name: string;
  /** Such as `sha256:…`. */
  readonly digest?: string;
}

const DEFAULT_REGISTRY = 'docker.io';
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:]+\\])(?::[0-9]+)?$`);
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
/** A repository, then a tag of at most 128 characters, then a digest. */
const REST = /^([^:@]+)(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@(.+))?$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** What a text refers to, or undefined if it is no image reference. */
export function findImageReference(text: string): ImageReference | undefined {
  const { host = DEFAULT_REGISTRY, rest } = split(text);
  const [, path = '', digest] = REST.exec(rest) ?? [];
  const repository = host === DEFAULT_REGISTRY && !path.includes('/') ? `library/${path}` : path;
  if (!HOST.test(host) || !REPOSITORY.test(repository)) return undefined;
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  return { name: `${host}/${repository}`, digest };
}

/**
 * A registry such as `ghcr.io`, or a part of one such as `ghcr.io/acme`, in the spelling of `ImageReference.name`; undefined if the text is
 * neither. The host cannot be left out: `acme` would then pass for a host and mean `docker.io/acme`.
 */
export function findRegistry(text: string): string | undefined {
  const { host, rest } = split(text.endsWith('/') ? text : `${text}/`);
  const path = rest.replace(/\/$/, '');
  if (host === undefined || !HOST.test(host) || (path !== '' && !REPOSITORY.test(path))) return undefined;
  return path === '' ? host : `${host}/${path}`;
}

/** Whether an image is in a registry, or in that part of it. */
export const isFrom = (image: ImageReference, registry: string): boolean => image.name.startsWith(`${registry}/`) || image.name === registry;

/** The first part is a host if it has a dot or a port, or is `localhost`; otherwise the host was left out. */
function split(text: string): { readonly host?: string; readonly rest: string } {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  if (!/[.:]/.test(first) && first !== 'localhost') return { rest: text };
  const host = first.toLowerCase();
  return { host: host === 'index.docker.io' ? DEFAULT_REGISTRY : host, rest: text.slice(slash + 1) };
}
