import type { Audited } from '../../cluster/controllers/audit-log';
import type { Chunk, Exchange, Recording } from './probe';

/** One claim, as whoever made it saw it. */
export interface Traced {
  readonly name: string;
  /** Its Sandbox. */
  readonly member: string;
  /** When its maker heard that it was Ready. */
  readonly readyMs: number;
  /** By the metrics of the controller: how long the claim waited in its queue, and how long its pass took. */
  readonly queueMs: number;
  readonly passMs: number;
}

/** Where times of claims come from; all are milliseconds since 1970. */
export interface Sources {
  readonly client: Recording;
  readonly controller: Recording;
  readonly audit: readonly Audited[];
}

/** A request as the one who asked and the server saw it. */
export interface Request {
  readonly askedMs: number;
  /** When it left: before, it waited for a connection or for the processor. */
  readonly sentMs: number;
  readonly receivedMs: number;
  /** When the server was done with it. */
  readonly doneMs: number;
  readonly answeredMs: number;
}

/** What happened to a claim and when: writes by the letters of the protocol. */
export interface Moments extends Traced {
  readonly post: Request;
  /** When the controller heard of the claim. */
  readonly heardMs: number;
  readonly a: Request;
  readonly b: Request;
  readonly c: Request;
  /** What the controller writes into the Pod as soon as it hears of A; nobody waits for it. */
  readonly pod: Request;
}

/** Puts together what three programs say of one claim. Throws when something is missing or out of order: then their clocks disagree. */
export function momentsOf(claim: Traced, sources: Sources): Moments {
  const { name, member } = claim;
  const request = (by: Recording, user: string, wanted: Pick<Audited, 'verb' | 'resource' | 'name'>): Request => {
    const ending = wanted.verb === 'create' ? '/sandboxclaims' : pathEnding(wanted);
    const audited = sources.audit.find((one) => one.user === user && one.verb === wanted.verb && one.resource === wanted.resource && one.name === wanted.name);
    if (!audited) throw new Error(`${name}: the audit log has no ${wanted.verb} of ${wanted.resource} by ${user}`);
    const exchange = by.exchanges
      .filter(isAnswered)
      .find((one) => one.method === METHODS[wanted.verb] && one.path.replace(/\?.*/, '').endsWith(ending) && spans(one, audited));
    if (!exchange) throw new Error(`${name}: ${user} has sent no ${METHODS[wanted.verb]} …${ending} around the time at which the server received it`);
    const { askedMs, sentMs, answeredMs } = exchange;
    return { askedMs, sentMs, receivedMs: audited.receivedMs, doneMs: audited.answeredMs, answeredMs };
  };
  const patch = (resource: string, object: string): Request => request(sources.controller, 'controller', { verb: 'patch', resource, name: object });
  return {
    ...claim,
    post: request(sources.client, 'user', { verb: 'create', resource: 'sandboxclaims', name }),
    heardMs: firstChunk(sources.controller.chunks, name),
    a: patch('sandboxes', member),
    b: patch('sandboxclaims', name),
    c: patch('sandboxclaims/status', name),
    pod: patch('pods', member),
  };
}

const METHODS: Readonly<Record<string, string>> = { create: 'POST', patch: 'PATCH' };

function pathEnding({ resource, name }: Pick<Audited, 'resource' | 'name'>): string {
  const [plural, subresource] = resource.split('/');
  return `/${plural}/${name}${subresource === undefined ? '' : `/${subresource}`}`;
}

type Answered = Required<Exchange>;

const isAnswered = (exchange: Exchange): exchange is Answered => exchange.sentMs !== undefined && exchange.answeredMs !== undefined;

/** Whoever asks does so before the server receives it, and hears of it afterwards. */
const spans = ({ askedMs, answeredMs }: Answered, { receivedMs }: Audited): boolean => askedMs <= receivedMs && receivedMs <= answeredMs;

function firstChunk(chunks: readonly Chunk[], name: string): number {
  const first = chunks.find(({ path, names }) => path.includes('/sandboxclaims') && names.includes(name));
  if (!first) throw new Error(`${name}: the controller has not heard of it`);
  return first.atMs;
}
