import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { delimiter, dirname, join } from 'node:path';

// Only a type: the module itself is loaded for a kubeconfig and never in a cluster, where it would cost memory for nothing.
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';

import { systemClock, type Clock } from './clock';
import { ConnectionError, CredentialSource, type Connection, type Credentials, type TlsMaterial } from './connection';

/** Where to look for a cluster. */
export interface ConnectionOptions {
  /** The flag `--kubeconfig`; empty or absent: the variable KUBECONFIG, then the service account of the Pod. */
  readonly kubeconfig?: string;
  /**
   * The context of the kubeconfig to use.
   *
   * @default - its current context
   */
  readonly context?: string;
  /** The environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Folder of the mounted service account.
   *
   * @default /var/run/secrets/kubernetes.io/serviceaccount
   */
  readonly serviceAccountFolder?: string;
  /**
   * Where the time comes from.
   *
   * @default - the machine's clock
   */
  readonly clock?: Clock;
}

const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Finds the API server and the credentials for it. Throws a ConnectionError that says what is wrong and what to do. */
export async function findConnection(options: ConnectionOptions): Promise<Connection> {
  const clock = options.clock ?? systemClock;
  const { kubeconfig, context } = options;
  const choice = { clock, ...(context !== undefined && { context }) };
  if (kubeconfig) return fromKubeconfig([kubeconfig], '--kubeconfig', choice);
  const files = (options.environment.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (files.length > 0) return fromKubeconfig(files, 'KUBECONFIG', choice);
  if (context !== undefined) throw new ConnectionError(`no kubeconfig, in which "${context}" would be a context: give --kubeconfig or set KUBECONFIG`);
  return fromServiceAccount(options, clock);
}

async function fromServiceAccount(
  { environment, serviceAccountFolder: folder = SERVICE_ACCOUNT_FOLDER }: ConnectionOptions,
  clock: Clock,
): Promise<Connection> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port) throw new ConnectionError('no cluster: give --kubeconfig or set KUBECONFIG; outside of a Pod there is no service account to use');
  const source = new CredentialSource(async () => {
    const [ca, token] = await Promise.all([readText(join(folder, 'ca.crt')), readText(join(folder, 'token'))]);
    return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
  }, clock);
  await source.credentials();
  const namespace = await readText(join(folder, 'namespace')).catch(() => '');
  return connect(new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`), namespace.trim(), source);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ConnectionError(`cannot read ${file} of the Pod's service account: ${textOf(error)}; is automountServiceAccountToken switched off?`);
  }
}

/** What of the options matters to a kubeconfig. */
interface Choice {
  readonly clock: Clock;
  readonly context?: string;
}

async function fromKubeconfig(files: readonly string[], origin: string, { clock, context }: Choice): Promise<Connection> {
  let config = await loadKubeconfig(files, origin, context);
  const cluster = currentClusterOf(config, `${origin} ${files.join(delimiter)}`);
  const source = new CredentialSource(async (afresh) => {
    // A new KubeConfig forgets what exec plugins and token files gave before.
    if (afresh) config = await loadKubeconfig(files, origin, context);
    return credentialsOf(config);
  }, clock);
  await source.credentials().catch((error: unknown) => {
    throw new ConnectionError(`${origin} ${files.join(delimiter)}: context "${config.getCurrentContext()}" gives no credentials: ${textOf(error)}`);
  });
  return connect(cluster.server, config.getContextObject(config.getCurrentContext())?.namespace, source);
}

async function loadKubeconfig(files: readonly string[], origin: string, context: string | undefined): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const merged = new KubeConfig();
  for (const file of files) {
    try {
      const config = new KubeConfig();
      config.loadFromString(await readFile(file, 'utf8'));
      config.makePathsAbsolute(dirname(file));
      merged.mergeConfig(config, Boolean(merged.getCurrentContext()));
    } catch (error) {
      throw new ConnectionError(`${origin}: cannot use ${file}: ${textOf(error)}`);
    }
  }
  if (context !== undefined) merged.setCurrentContext(context);
  return merged;
}

function currentClusterOf(config: KubeConfig, where: string): { readonly server: URL } {
  const known = config.getContexts().map((context) => context.name);
  const name = config.getCurrentContext();
  if (!name) throw new ConnectionError(`${where}: no current-context; choose one with "kubectl config use-context" (contexts: ${listed(known)})`);
  const context = config.getContextObject(name);
  if (!context) throw new ConnectionError(`${where}: the context "${name}" is not among the contexts: ${listed(known)}`);
  const cluster = config.getCluster(context.cluster);
  if (!cluster) throw new ConnectionError(`${where}: context "${name}" names the cluster "${context.cluster}", which is not in the file`);
  if (!config.getUser(context.user)) throw new ConnectionError(`${where}: context "${name}" names the user "${context.user}", which is not in the file`);
  if (cluster.proxyUrl) throw new ConnectionError(`${where}: cluster "${cluster.name}" has a proxy-url, which is not supported`);
  if (!URL.canParse(cluster.server)) throw new ConnectionError(`${where}: the server of cluster "${cluster.name}", "${cluster.server}", is no address`);
  return { server: new URL(cluster.server) };
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  tellExecPlugin(config);
  const options: RequestOptions & TlsMaterial & { headers: Record<string, string> } = { headers: {} };
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, servername, rejectUnauthorized, auth } = options;
  const headers = Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value.trim()]);
  if (typeof auth === 'string') headers.push(['authorization', `Basic ${Buffer.from(auth).toString('base64')}`]);
  return { headers: Object.fromEntries(headers) as Record<string, string>, tls: { ca, cert, key, servername, rejectUnauthorized } };
}

/** Plugins made with client-go refuse to work without this variable, which KubeConfig does not set. */
function tellExecPlugin(config: KubeConfig): void {
  const exec = config.getCurrentUser()?.exec as { apiVersion?: string; env?: { name: string; value: string }[] } | undefined | null;
  if (!exec || exec.env?.some(({ name }) => name === 'KUBERNETES_EXEC_INFO')) return;
  const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  exec.env = [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }];
}

function connect(server: URL, namespace: string | undefined, source: CredentialSource): Connection {
  return {
    server,
    ...(namespace && { namespace }),
    credentials: () => source.credentials(),
    renew: (refused) => source.renew(refused),
  };
}

const listed = (names: readonly string[]): string => (names.length > 0 ? names.join(', ') : 'none');
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
