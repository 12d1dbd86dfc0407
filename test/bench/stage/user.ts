import { CLAIMS, type SandboxClaim } from '../../../src/controllers/shared/objects';
import { HttpTransport } from '../../../src/runtime/http-transport';
import { findConnection } from '../../../src/runtime/kube-config';
import { typeMetaOf, type KubeObject, type Resource } from '../../../src/runtime/object';
import { SOCKET_COUNTS } from '../../../src/runtime/sockets';
import type { ApiRequest } from '../../../src/runtime/transport';
import type { Cluster } from '../../cluster/connection';
import { claim } from './objects';

/** What became of a claim. */
export interface Claimed {
  readonly name: string;
  /** From the moment that was meant to be its beginning to Ready as its maker hears it, or to its failure. */
  readonly ms: number;
  /** Its Sandbox; a cold one has the name of the claim. */
  readonly sandbox?: string;
  readonly failure?: string;
}

const DEADLINE_MS = 120_000;
/** More than the API server works on at one time here. */
const SOCKETS = { ...SOCKET_COUNTS, claim: 64 };

/** Somebody who makes claims in a namespace and watches them, over connections of his own. */
export class User {
  private readonly waiting = new Map<string, (sandbox: string) => void>();
  /** Which claims were ever told of a Sandbox. */
  private readonly told = new Map<string, Set<string>>();
  private stopWatch = (): void => undefined;

  private constructor(
    private readonly transport: HttpTransport,
    private readonly namespace: string,
  ) {}

  public static async connect({ connection: { kubeconfig } }: Cluster, namespace: string): Promise<User> {
    const user = new User(new HttpTransport(await findConnection({ kubeconfig, environment: {} }), { version: 'bench', sockets: SOCKETS }), namespace);
    user.watch();
    return user;
  }

  /** How many Sandboxes two claims were told of. */
  public get givenTwice(): number {
    return [...this.told.values()].filter(({ size }) => size > 1).length;
  }

  /** Makes a claim and waits until it is Ready. Never rejects. */
  public async claim(name: string, pool: string, fromMs = performance.now()): Promise<Claimed> {
    let timer: NodeJS.Timeout | undefined;
    const ready = new Promise<string>((resolve, reject) => {
      this.waiting.set(name, resolve);
      timer = setTimeout(() => reject(new Error('not Ready in time')), DEADLINE_MS);
    });
    try {
      const [sandbox] = await Promise.all([ready, this.make(CLAIMS, claim(name, pool))]);
      return { name, ms: performance.now() - fromMs, sandbox };
    } catch (error) {
      return { name, ms: performance.now() - fromMs, failure: String(error) };
    } finally {
      clearTimeout(timer);
      this.waiting.delete(name);
    }
  }

  public make(resource: Resource, object: object): Promise<KubeObject> {
    return this.send({ verb: 'create', resource, body: { ...typeMetaOf(resource), ...object } });
  }

  public patch(resource: Resource, name: string, body: object, subresource?: 'status'): Promise<KubeObject> {
    return this.send({ verb: 'patch', resource, name, body, ...(subresource && { subresource }) });
  }

  public get<T extends KubeObject>(resource: Resource<T>, name: string): Promise<T> {
    // The server answers with an object of the resource.
    return this.send({ verb: 'get', resource, name }) as Promise<T>;
  }

  public async close(): Promise<void> {
    this.stopWatch();
    await this.transport.close();
  }

  private async send(request: Omit<ApiRequest, 'namespace'>): Promise<KubeObject> {
    const reply = await this.transport.send({ ...request, namespace: this.namespace }, { traffic: 'claim', deadlineMs: DEADLINE_MS });
    const what = `${request.verb} ${request.resource.plural} ${request.name ?? ''}`;
    if (!reply.answered) throw new Error(`${what}: ${reply.cause}`);
    if (reply.status > 299) throw new Error(`${what}: ${reply.status}: ${JSON.stringify(reply.body)}`);
    // A success is answered with an object.
    return reply.body as KubeObject;
  }

  private watch(): void {
    this.stopWatch = this.transport.watch(
      { resource: CLAIMS, namespace: this.namespace, initialEvents: true, timeoutSeconds: 3600 },
      {
        // A watch of claims brings claims.
        event: (type, object) => (type === 'BOOKMARK' ? undefined : this.hear(object as SandboxClaim)),
        end: () => this.watch(),
      },
    );
  }

  private hear({ metadata: { name }, status }: SandboxClaim): void {
    const sandbox = status?.sandbox?.name;
    if (sandbox === undefined) return;
    this.told.set(sandbox, (this.told.get(sandbox) ?? new Set()).add(name));
    if (status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')) this.waiting.get(name)?.(sandbox);
  }
}
