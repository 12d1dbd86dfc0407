import { randomBytes } from 'node:crypto';

import type { ApiResponse } from './api-request';
import type { Cluster, KubeObject } from './connection';

/** Where the API server serves our kinds (spec 01 §1). */
const RESOURCES = {
  Sandbox: ['agents.x-k8s.io/v1beta1', 'sandboxes'],
  SandboxTemplate: ['extensions.agents.x-k8s.io/v1beta1', 'sandboxtemplates'],
  SandboxWarmPool: ['extensions.agents.x-k8s.io/v1beta1', 'sandboxwarmpools'],
  SandboxClaim: ['extensions.agents.x-k8s.io/v1beta1', 'sandboxclaims'],
} as const;

export type KindName = keyof typeof RESOURCES;

/** Objects of our kinds in a namespace of their own. */
export class CustomObjects {
  private constructor(
    private readonly cluster: Cluster,
    public readonly namespace: string,
  ) {}

  public static async inNamespace(cluster: Cluster, prefix: string): Promise<CustomObjects> {
    return new CustomObjects(cluster, await cluster.namespace(prefix));
  }

  /** Sends a new object with a name of its own; resolves to whatever the server answers. */
  public post(kind: KindName, fields: object, query = ''): Promise<ApiResponse> {
    const metadata = { name: `${kind.toLowerCase()}-${randomBytes(4).toString('hex')}` };
    return this.cluster.request('POST', `${this.path(kind)}${query}`, { apiVersion: RESOURCES[kind][0], kind, metadata, ...fields });
  }

  /** Creates an object and reads it back. */
  public async create(kind: KindName, fields: object): Promise<KubeObject> {
    const { status, body } = await this.post(kind, fields);
    if (status !== 201) throw new Error(`creating a ${kind}: status ${status}: ${messageOf(body)}`);
    // 201 comes with the object.
    return this.read(body as KubeObject);
  }

  public read(object: KubeObject): Promise<KubeObject> {
    return this.cluster.object('GET', this.pathOf(object));
  }

  /** Sends a merge patch for the object, or for one of its subresources; resolves to whatever the server answers. */
  public patch(object: KubeObject, patch: object, subresource: '' | '/status' | '/scale' = ''): Promise<ApiResponse> {
    return this.cluster.request('PATCH', `${this.pathOf(object)}${subresource}`, patch);
  }

  public pathOf({ kind, metadata }: KubeObject): string {
    // Only objects of our kinds come here.
    return `${this.path(kind as KindName)}/${metadata.name}`;
  }

  private path(kind: KindName): string {
    const [version, plural] = RESOURCES[kind];
    return `/apis/${version}/namespaces/${this.namespace}/${plural}`;
  }
}

/** What a Status object says. */
export const messageOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : JSON.stringify(body);
