import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { findControllerOf, type KubeObject, type OwnerReference } from '../../../src/runtime/object';
import type { ApiRequest, Reply, Transport, WatchSink } from '../../../src/runtime/transport';
import { frozen, isObject, mergePatch, type JsonObject } from '../api/json';
import { CLAIMS, findType, POOLS, SANDBOXES } from '../api/resource-types';
import { listOf, partOf, withMetadata, type Stored } from '../api/stored';
import type { Ports, Program } from '../network/process';

/** What stands between a program and the network, to make it wrong in one way. What is absent passes unchanged. */
interface Mistake {
  /** What is sent instead. */
  readonly asks?: (request: ApiRequest) => ApiRequest;
  /** What is answered without sending anything yet. */
  readonly pretends?: (request: ApiRequest) => Reply | undefined;
  /** What the program hears as the answer. */
  readonly hears?: (request: ApiRequest, reply: Reply) => Reply;
  /** What the program sees in place of a stored object, in answers and in events. */
  readonly sees?: (object: Stored) => Stored;
  /** Whether the program takes a change for the end of the object. */
  readonly takesForGone?: (object: Stored) => boolean;
  /** Something was seen to be gone. */
  readonly missed?: (object: Stored) => void;
}

/** Ways in which the protocol of spec 08 can be broken, each of which the simulation has to find. */
export const MISTAKES: Readonly<Record<string, (ports: Ports) => Mistake>> = {
  /** Gives a member to a claim whatever has become of the member. */
  transfersWithoutVersion: () => ({ asks: (request) => (isTransfer(request) ? withoutVersion(request) : request) }),
  /** Tells a claim of its Sandbox without having written down which. */
  recordsNothing: () => ({
    asks: (request) => (isOf(CLAIMS, request) && request.verb === 'patch' && request.subresource === undefined ? renamedAnnotation(request) : request),
    sees: (object) => (object.kind === CLAIMS.kind ? withRecord(object) : object),
  }),
  /** Deletes a member that may have been given away a moment ago. */
  deletesWithoutVersion: () => ({
    asks: (request) => (isDeletion(request) ? { ...request, body: withoutMember(request.body, 'preconditions', 'resourceVersion') } : request),
  }),
  /** Deletes whatever has the name. */
  deletesByName: () => ({ asks: (request) => (isDeletion(request) ? { ...request, body: { ...request.body, preconditions: undefined } } : request) }),
  /** Tells a claim of its Sandbox before that is stored. */
  publishesEarly: ({ clock, transport }) => {
    const known = new Known();
    return {
      sees: (object) => known.see(object),
      pretends: (request) => {
        const before = isTransfer(request) ? known.find(SANDBOXES.kind, request.name) : undefined;
        if (!before) return undefined;
        clock.after(500, () => void transport.send(request, { traffic: 'claim', deadlineMs: 10_000 }));
        // A merge patch of an object gives an object.
        return { answered: true, status: 200, body: withMetadata(mergePatch(before, request.body) as Stored, { resourceVersion: 'soon' }) };
      },
    };
  },
  /** Gives a claim another member when it does not know whether it has got the first. */
  takesUnknownForRefusal: () => ({
    hears: (request, reply) =>
      isTransfer(request) && isUnknown(reply) ? { answered: true, status: 403, body: { reason: 'Forbidden', message: 'no answer' } } : reply,
  }),
  /** Takes a Sandbox for a claim's own because it belongs to one of its name. */
  trustsNames: () => {
    const known = new Known();
    return { sees: (object) => withOwner(known.see(object), (owner) => ({ ...owner, uid: known.find(owner.kind, owner.name)?.metadata.uid ?? owner.uid })) };
  },
  /** Makes a second member when it does not know whether it has made the first. */
  repeatsUnderAnotherName: () => {
    const doubtful = new Set<string>();
    return {
      hears: (request, reply) => {
        if (isMaking(request) && isUnknown(reply)) doubtful.add(nameIn(request));
        return reply;
      },
      asks: (request) => (isMaking(request) && doubtful.has(nameIn(request)) ? { ...request, body: renamed(request.body) } : request),
      pretends: (request) =>
        request.verb === 'get' && isOf(SANDBOXES, request) && doubtful.has(nameIn(request))
          ? { answered: true, status: 404, body: { reason: 'NotFound', message: 'not looked for' } }
          : undefined,
    };
  },
  /** Makes a member anew while its predecessor is still there. */
  forgetsTerminating: () => ({ takesForGone: (object) => ownerKindOf(object) === POOLS.kind && object.metadata.deletionTimestamp !== undefined }),
  /** Gives the Sandbox of a claim that has gone to the next. */
  givesBack: ({ transport }) => {
    const known = new Known();
    const pools = new Map<string, JsonObject>();
    return {
      asks: (request) => {
        const before = isTransfer(request) ? known.find(SANDBOXES.kind, request.name) : undefined;
        const owner = before && findControllerOf(before);
        if (before && owner) pools.set(before.metadata.uid, { ...owner });
        return request;
      },
      sees: (object) => known.see(object),
      missed: (gone) => {
        if (gone.kind !== CLAIMS.kind) return;
        for (const sandbox of known.all(SANDBOXES.kind)) {
          const pool = pools.get(sandbox.metadata.uid);
          if (!pool || findControllerOf(sandbox)?.uid !== gone.metadata.uid) continue;
          const { namespace = '', name, resourceVersion } = sandbox.metadata;
          const body = { metadata: { resourceVersion, ownerReferences: [pool] } };
          void transport.send({ verb: 'patch', resource: SANDBOXES, namespace, name, body }, { traffic: 'claim', deadlineMs: 10_000 });
        }
      },
    };
  },
  /** Tells whatever claim has the name of the Sandbox of another. */
  publishesWithoutVersion: () => ({
    asks: (request) => (isOf(CLAIMS, request) && request.subresource === 'status' ? withoutVersion(request) : request),
  }),
  /** Takes a Sandbox for a member because of its label. */
  trustsLabels: () => {
    const known = new Known();
    return { sees: (object) => withPool(known.see(object), known.all(POOLS.kind)[0]) };
  },
};

/** The program with a mistake in it. */
export const mistaken =
  (program: Program, mistakeOf: (ports: Ports) => Mistake): Program =>
  (ports) =>
    program({ ...ports, transport: misled(ports.transport, mistakeOf(ports)) });

function misled(inner: Transport, mistake: Mistake): Transport {
  const see = (object: unknown): unknown =>
    isObject(object) && isObject(object.metadata) && mistake.sees ? mistake.sees(frozen(object) as unknown as Stored) : object;
  return {
    async send(request, options) {
      const pretended = mistake.pretends?.(request);
      if (pretended) return pretended;
      const reply = await inner.send(mistake.asks?.(request) ?? request, options);
      const heard = mistake.hears?.(request, reply) ?? reply;
      if (!heard.answered) return heard;
      const seen = see(heard.body);
      const isGone = heard.status < 300 && isObject(seen) && isObject(seen.metadata) && mistake.takesForGone?.(seen as unknown as Stored);
      return { ...heard, body: isGone ? {} : seen };
    },
    watch: (request, sink) => inner.watch(request, seeing(mistake, sink)),
  };
}

function seeing(mistake: Mistake, sink: WatchSink): WatchSink {
  return {
    event(type, object) {
      const stored = object as Stored; // The model delivers what it stores.
      if (type === 'BOOKMARK') return sink.event(type, object);
      if (type === 'DELETED') mistake.missed?.(stored);
      sink.event(mistake.takesForGone?.(stored) ? 'DELETED' : type, mistake.sees?.(stored) ?? stored);
    },
    end: (status, message) => sink.end(status, message),
  };
}

/** What a program has been shown last, by kind and name. */
class Known {
  private readonly objects = new Map<string, Stored>();

  public see(object: Stored): Stored {
    this.objects.set(`${object.kind} ${object.metadata.name}`, object);
    return object;
  }

  public find(kind: string, name = ''): Stored | undefined {
    return this.objects.get(`${kind} ${name}`);
  }

  public all(kind: string): readonly Stored[] {
    return [...this.objects.values()].filter((object) => object.kind === kind);
  }
}

const isOf = (type: typeof SANDBOXES, { resource }: ApiRequest): boolean => findType(resource) === type;
const isDeletion = (request: ApiRequest): boolean => request.verb === 'delete' && isOf(SANDBOXES, request);
const isMaking = (request: ApiRequest): boolean => request.verb === 'create' && isOf(SANDBOXES, request) && ownerKindOf(request.body as Stored) === POOLS.kind;
const isUnknown = (reply: Reply): boolean => !reply.answered || (reply.status >= 500 && reply.retryAfterMs === undefined);
const ownerKindOf = (object: KubeObject): string | undefined => findControllerOf(object)?.kind;
const nameIn = ({ name, body }: ApiRequest): string => name ?? (body as Stored).metadata.name;

const isTransfer = (request: ApiRequest): boolean =>
  request.verb === 'patch' &&
  isOf(SANDBOXES, request) &&
  listOf(partOf({ ...request.body }, 'metadata'), 'ownerReferences').some(({ kind }) => kind === CLAIMS.kind);

const withoutMember = (body: object | undefined, part: string, member: string): object => ({
  ...body,
  [part]: { ...partOf({ ...body }, part), [member]: undefined },
});

const withoutVersion = (request: ApiRequest): ApiRequest => ({ ...request, body: withoutMember(request.body, 'metadata', 'resourceVersion') });

const renamed = (body: object | undefined): object => ({
  ...body,
  metadata: { ...partOf({ ...body }, 'metadata'), name: `${(body as Stored).metadata.name}x` },
});

const SKIPPED = 'example.com/skipped';

function renamedAnnotation(request: ApiRequest): ApiRequest {
  const metadata = partOf({ ...request.body }, 'metadata');
  const { [ANNOTATIONS.sandboxName]: recorded, ...rest } = partOf(metadata, 'annotations');
  return { ...request, body: { ...request.body, metadata: { ...metadata, annotations: { ...rest, [SKIPPED]: recorded } } } };
}

function withRecord(claim: Stored): Stored {
  const { annotations = {} } = claim.metadata;
  const { [SKIPPED]: recorded } = annotations;
  return recorded === undefined ? claim : withMetadata(claim, { annotations: { ...annotations, [ANNOTATIONS.sandboxName]: recorded } });
}

const withOwner = (object: Stored, change: (owner: OwnerReference) => OwnerReference): Stored =>
  withMetadata(object, { ownerReferences: object.metadata.ownerReferences?.map((owner) => (owner.kind === CLAIMS.kind ? change(owner) : owner)) });

function withPool(sandbox: Stored, pool: Stored | undefined): Stored {
  if (!pool || sandbox.kind !== SANDBOXES.kind || findControllerOf(sandbox) || sandbox.metadata.labels?.[LABELS.warmPool] === undefined) return sandbox;
  const { name, uid } = pool.metadata;
  return withMetadata(sandbox, { ownerReferences: [{ apiVersion: POOLS.apiVersion, kind: POOLS.kind, name, uid, controller: true }] });
}
