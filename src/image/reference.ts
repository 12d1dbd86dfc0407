/** Where an image goes: a registry, a repository in it and a tag. */
export interface Reference {
  /** As people and the configuration of docker name it. */
  readonly registry: string;
  /** Where its API is. */
  readonly url: string;
  readonly repository: string;
  readonly tag: string;
}

/** A reference that cannot be understood. */
export class ReferenceError extends Error {}

const DOCKER_HUB = 'docker.io';
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/**
 * Reads `registry/name:tag` as docker does: without a registry it is Docker Hub, and there a name without a slash is in `library`. Plain HTTP
 * goes to this machine only, and elsewhere where `isPlain` says so. Throws a ReferenceError.
 */
export function parseReference(text: string, isPlain: boolean): Reference {
  const [, host, path = '', tag] =
    /^(?:((?:[\w-]+\.)+[\w-]+(?::\d+)?|[\w.-]+:\d+|localhost|\[[\d:a-f]+\](?::\d+)?)\/)?([^:@]+):([\w][\w.-]{0,127})$/.exec(text) ?? [];
  if (tag === undefined || !/^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(path))
    throw new ReferenceError(`found ${JSON.stringify(text)}, expected registry/name:tag such as registry.example.com/team/controller:1.0.0, in lower case`);
  const registry = host ?? DOCKER_HUB;
  const repository = registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path;
  const api = registry === DOCKER_HUB ? 'registry-1.docker.io' : registry;
  return { registry, url: `${isPlain || LOCAL.test(registry) ? 'http' : 'https'}://${api}`, repository, tag };
}
