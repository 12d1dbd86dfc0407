import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { apiRequest, type ApiResponse, type Endpoint } from './api-request';
import type { ControlPlane } from './control-plane';
import type { TokenUser } from './control-plane-files';
import { KubectlError, runKubectl } from './kubectl';
import { until } from './until';

/** Environment variable with the path of a JSON file that holds a Connection. */
export const CONNECTION_VARIABLE = 'CLUSTER_CONNECTION';

/** What a test needs to know of a running control plane. */
export interface Connection extends Endpoint {
  readonly caFile: string;
  readonly kubeconfig: string;
  readonly auditLog: string;
  /** True when a controller manager runs: namespaces can be deleted, owned objects are collected. */
  readonly controllerManager: boolean;
  readonly users: readonly TokenUser[];
}

/** How `Cluster.apply` goes about it. */
export interface ApplyOptions {
  /** Server-side apply (field ownership) or client-side apply (three-way diff in kubectl). */
  readonly form: 'server' | 'client';
  /**
   * Namespace for objects that name none.
   *
   * @default default
   */
  readonly namespace?: string;
  /**
   * Name of the field manager.
   *
   * @default - kubectl's own
   */
  readonly fieldManager?: string;
  /**
   * Take fields over from other managers (server-side only).
   *
   * @default false
   */
  readonly force?: boolean;
}

/** The part of every Kubernetes object that tests look at. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** Writes the connection to a control plane into a file beside its data, for other processes; returns its path. */
export function writeConnection(plane: ControlPlane): string {
  const file = join(dirname(plane.kubeconfig), 'connection.json');
  writeFileSync(file, JSON.stringify(clusterOf(plane).connection), { mode: 0o600 });
  return file;
}

/** The API server of a control plane. */
export function clusterOf({ url, ca, caFile, adminToken: token, kubeconfig, auditLog, controllerManager, users }: ControlPlane): Cluster {
  return new Cluster({ url, ca, caFile, token, kubeconfig, auditLog, controllerManager, users });
}

/** The API server that the test files of one Jest run share. */
export function cluster(): Cluster {
  const file = process.env[CONNECTION_VARIABLE];
  if (file === undefined)
    throw new Error(`${CONNECTION_VARIABLE} is not set: run this test by jest --selectProjects cluster, whose global setup starts the server`);
  // Written by writeConnection.
  return new Cluster(JSON.parse(readFileSync(file, 'utf8')) as Connection);
}

/** A small client of one API server, as one user. */
export class Cluster {
  constructor(public readonly connection: Connection) {}

  /** The same server as another user of the control plane. */
  public as(name: string): Cluster {
    const user = this.connection.users.find((candidate) => candidate.name === name);
    if (!user) throw new Error(`the control plane has no user ${name}; it has ${this.connection.users.map((known) => known.name).join(', ')}`);
    const kubeconfig = join(dirname(this.connection.kubeconfig), `${name.replaceAll(':', '-')}.kubeconfig`);
    return new Cluster({ ...this.connection, token: user.token, kubeconfig });
  }

  /** Runs kubectl and resolves to its output; rejects with a KubectlError when the exit code is not 0. */
  public kubectl(args: readonly string[], stdin?: string): Promise<string> {
    return runKubectl(this.connection.kubeconfig, args, stdin);
  }

  /** Sends one request; a PATCH is a merge patch unless a content-type header says otherwise. Rejects only when there is no answer. */
  public request(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiResponse> {
    return apiRequest(this.connection, { method, path, body, headers });
  }

  /** Sends one request and resolves to the object in the answer; rejects when the status is not 2xx. */
  public async object(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<KubeObject> {
    const response = await this.request(method, path, body, headers);
    if (response.status < 200 || response.status > 299) throw new Error(`${method} ${path}: status ${response.status}: ${messageIn(response.body)}`);
    // The API server answers 2xx with an object (or a list, whose items the index signature reaches).
    return response.body as KubeObject;
  }

  /** Creates a namespace with a name of its own; resolves to the name when Pods can be created in it. */
  public async namespace(prefix: string): Promise<string> {
    const name = `${prefix}-${randomBytes(4).toString('hex')}`;
    await this.object('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    if (this.connection.controllerManager) await this.waitFor(`/api/v1/namespaces/${name}/serviceaccounts/default`, 'to exist', ({ status }) => status === 200);
    return name;
  }

  /** Applies YAML, or objects, by kubectl; resolves to one line for each object, such as `pod/a serverside-applied` or `pod/a unchanged`. */
  public apply(manifests: string | readonly object[], options: ApplyOptions): Promise<string> {
    const input = typeof manifests === 'string' ? manifests : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    const form = options.form === 'server' ? ['--server-side', ...(options.force ? ['--force-conflicts'] : [])] : [];
    const namespace = options.namespace === undefined ? [] : ['--namespace', options.namespace];
    const manager = options.fieldManager === undefined ? [] : ['--field-manager', options.fieldManager];
    return this.kubectl(['apply', ...form, ...namespace, ...manager, '--filename', '-'], input);
  }

  /** Installs CRDs and waits until the API server serves them; installing the same ones again, from another test file too, is fine. */
  public async installCrds(manifests: string | readonly object[]): Promise<void> {
    const input = typeof manifests === 'string' ? manifests : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    await this.apply(input, { form: 'server', force: true });
    await until('the CRDs to be established', async () => {
      try {
        return await this.kubectl(['wait', '--for=condition=Established', '--timeout=30s', '--filename', '-'], input);
      } catch (error) {
        // A CRD of this very moment has `conditions: null`, at which kubectl ends instead of waiting.
        if (error instanceof KubectlError && error.stderr.includes('.status.conditions accessor error')) return undefined;
        throw error;
      }
    });
  }

  /** Asks until the answer fits; `what` completes the sentence "waited for <path> …". Resolves to that answer. */
  public waitFor(path: string, what: string, fits: (response: ApiResponse) => boolean, timeoutMs?: number): Promise<ApiResponse> {
    const probe = async () => {
      const response = await this.request('GET', path);
      return fits(response) ? response : undefined;
    };
    return until(`${path} ${what}`, probe, timeoutMs);
  }
}

/** The Status object's message, where the body is one. */
function messageIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : JSON.stringify(body);
}
