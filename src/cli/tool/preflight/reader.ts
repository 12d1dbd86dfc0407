import { Client } from '../../../runtime/client';
import { systemClock } from '../../../runtime/clock';
import type { HttpTransport } from '../../../runtime/http-transport';
import { keyText, type Key, type KubeObject, type Resource } from '../../../runtime/object';
import { causeOf, outcomeOf, type Outcome } from '../../../runtime/outcome';
import { PROGRAM } from '../help';
import { ToolError } from '../subcommand';
import type { Right } from './rights';

/** The server does not tell, for a reason that is no finding of its own. */
export class UnreadableError extends Error {}

// The whole command should answer while somebody looks.
const ERRAND = { purpose: 'preflight', traffic: 'background', deadlineMs: 10_000 } as const;

const ACCESS_REVIEWS: Resource = { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews' };

interface AccessReview {
  readonly status?: { readonly allowed?: boolean };
}

/** Reads from the API server; never writes. */
export class Reader {
  private readonly client: Client;

  constructor(private readonly transport: HttpTransport) {
    this.client = new Client({ transport, clock: systemClock, random: Math.random, fieldManager: PROGRAM });
  }

  /** Throws a ToolError when there is no API server that would answer these credentials. */
  public async reach(server: string): Promise<void> {
    const reply = await this.transport.read('/version', ERRAND);
    if (!reply.answered) throw new ToolError(`no answer from ${server}: ${reply.cause}`);
    if (reply.status === 401) throw new ToolError(`${server} does not accept these credentials; log in again, or choose another --context`);
  }

  /** What is no object, such as `/version`. Throws an UnreadableError. */
  public async read<T>(path: string): Promise<T> {
    const reply = await this.transport.read(path, ERRAND);
    // The API server answers this path with this shape.
    return valueOf(outcomeOf(reply), path) as T;
  }

  /** Throws an UnreadableError. */
  public async list<T extends KubeObject>(resource: Resource<T>, namespace: string): Promise<readonly T[]> {
    return valueOf(await this.client.list(resource, { namespace }, ERRAND), resource.plural).items;
  }

  /** Throws an UnreadableError. */
  public async find<T extends KubeObject>(resource: Resource<T>, key: Key): Promise<T | undefined> {
    const outcome = await this.client.get(resource, key, ERRAND);
    if (outcome.result === 'rejected' && outcome.status === 404) return undefined;
    return valueOf(outcome, `${resource.kind} ${key.namespace === '' ? key.name : keyText(key)}`);
  }

  /** Whether the caller may do something. The API wants a POST for that question; nothing is stored. Throws an UnreadableError. */
  public async may({ group, resource, verb, namespace, name }: Right): Promise<boolean> {
    const [plural = '', subresource] = resource.split('/');
    const attributes = { group, verb, resource: plural, ...(subresource !== undefined && { subresource }), namespace, name };
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: attributes } };
    const reply = await this.transport.send({ verb: 'create', resource: ACCESS_REVIEWS, namespace: '', body }, ERRAND);
    // The API server answers with the review itself.
    return (valueOf(outcomeOf(reply), 'selfsubjectaccessreviews') as AccessReview).status?.allowed === true;
  }
}

function valueOf<T>(outcome: Outcome<T>, what: string): T {
  if (outcome.result !== 'ok') throw new UnreadableError(`${what}: ${causeOf(outcome)}`);
  return outcome.value;
}
