import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who pushes. */
export type Credentials =
  | { readonly user: string; readonly password: string }
  /** What some registries hand out instead of a password. */
  | { readonly identityToken: string };

/** Credentials are written down in a form that cannot be used. The message says all of it. */
export class CredentialsError extends Error {}

/** `config.json` of docker, as far as it is about credentials. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, DockerAuth>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

interface DockerAuth {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** Where the configuration of docker is. */
interface DockerSurroundings {
  readonly folder: string;
  /** Of the helpers, which are found on its PATH. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Name of Docker Hub in the configuration since docker 1.0. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/**
 * What `docker login` has written for a registry: the helper for it, then the helper for all, then the file itself. Undefined when nobody
 * has logged in. Throws a CredentialsError when the file or the helper cannot be used.
 */
export function findCredentials(registry: string, { folder, environment }: DockerSurroundings): Credentials | undefined {
  const file = join(folder, 'config.json');
  const config = readConfig(file);
  const keys = registry === 'docker.io' ? [DOCKER_HUB_KEY, registry] : [registry, `https://${registry}`, `https://${registry}/`];
  for (const key of keys) {
    const helper = config.credHelpers?.[key] ?? config.credsStore;
    const found =
      (helper === undefined ? undefined : fromHelper(helper, key, environment)) ?? fromFile(config.auths?.[key], `${file}: auths[${JSON.stringify(key)}]`);
    if (found) return found;
  }
  return undefined;
}

function readConfig(file: string): DockerConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    // What readFileSync throws has a code.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new CredentialsError(`${file}: cannot be read (${(error as Error).message})`);
  }
  try {
    const config: unknown = JSON.parse(text);
    // Members are looked at one by one where they are used.
    if (typeof config === 'object' && config !== null) return config;
  } catch {
    // Told below.
  }
  throw new CredentialsError(`${file}: found no JSON object; log in again with docker login`);
}

function fromFile(auth: DockerAuth | undefined, where: string): Credentials | undefined {
  if (auth?.identitytoken) return { identityToken: auth.identitytoken };
  if (auth?.username && auth.password) return { user: auth.username, password: auth.password };
  if (!auth?.auth) return undefined;
  const [user = '', password] = Buffer.from(auth.auth, 'base64').toString('utf8').split(/:(.*)/s);
  if (password === undefined) throw new CredentialsError(`${where}.auth: expected user:password as base64; log in again with docker login`);
  return { user, password };
}

/** The protocol of `docker-credential-*`: the registry on standard input, JSON on standard output. */
function fromHelper(helper: string, key: string, env: DockerSurroundings['environment']): Credentials | undefined {
  const program = `docker-credential-${helper}`;
  const { status, stdout, error } = spawnSync(program, ['get'], { input: key, encoding: 'utf8', env });
  if (error) throw new CredentialsError(`cannot run ${program}, which the configuration of docker names: ${error.message}`);
  if (/credentials not found/i.test(stdout)) return undefined;
  if (status !== 0) throw new CredentialsError(`${program} get fails for ${key}: ${stdout.trim() || `exit code ${status}`}`);
  const { Username: user, Secret: password } = answerOf(stdout, program);
  return user === '<token>' ? { identityToken: password } : { user, password };
}

function answerOf(text: string, program: string): { readonly Username: string; readonly Secret: string } {
  try {
    const { Username, Secret } = JSON.parse(text) as { readonly Username?: unknown; readonly Secret?: unknown };
    if (typeof Username === 'string' && typeof Secret === 'string') return { Username, Secret };
  } catch {
    // Told below, without what may be a secret.
  }
  throw new CredentialsError(`${program} get: expected JSON with Username and Secret`);
}
