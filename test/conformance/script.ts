import fc from 'fast-check';
import { CONFIG_MAPS, PODS, POOLS, SANDBOXES, SERVICES, TEMPLATES, type ResourceType } from '../simulation/api/resource-types';
import type { Answered, Api, Body } from './backend';

const TYPES = {
  ...{ Sandbox: SANDBOXES, SandboxTemplate: TEMPLATES, SandboxWarmPool: POOLS },
  ...{ ConfigMap: CONFIG_MAPS, Service: SERVICES, Pod: PODS },
} as const satisfies Record<string, ResourceType>;
type Kind = keyof typeof TYPES;

/** One request of a script. Versions and UIDs are named by what they are, because each server makes its own. */
export interface Line {
  readonly verb: 'create' | 'get' | 'patch' | 'status' | 'delete';
  readonly kind: Kind;
  readonly name: string;
  readonly body: object;
  readonly version: 'none' | 'first' | 'latest' | 'ancient' | 'zero';
  readonly uid: 'none' | 'right' | 'wrong';
}

const container = fc.constantFrom<object>(
  ...[
    { name: 'a', image: 'i' },
    { name: 'a', image: 'i', ports: [{ containerPort: 80 }] },
    { name: 'a', image: 'i', unknown: 1 },
  ],
  ...[{ name: 'a', image: 'i', env: [{ name: 'x', value: 'y' }] }, { name: 'a', image: 'i', command: null }, { name: 'a' }],
);

// Some of what follows fits no schema: then both servers have to say so.
const customSpecs = fc.oneof(
  container.map((one): object => ({ podTemplate: { spec: { containers: [one] } } })),
  fc.constantFrom<object>({ operatingMode: 'Suspended' }, { operatingMode: 'Paused' }, { operatingMode: null }, { service: true }, { service: null }),
  fc.constantFrom<object>({ podTemplate: { metadata: { labels: { a: 'b' }, name: 'x' } } }, { podTemplate: { metadata: { labels: { a: null } } } }),
  fc.constantFrom<object>({ shutdownTime: '2030-01-01T00:00:00Z' }, { shutdownTime: 'soon' }, { volumeClaimTemplates: [] }, { unknown: {} }),
  fc.constantFrom<object>({ replicas: 3 }, { replicas: -1 }, { replicas: null }, { sandboxTemplateRef: { name: 't' } }, { updateStrategy: {} }),
  fc.constantFrom<object>({ networkPolicy: {} }, { networkPolicyManagement: 'Unmanaged' }, { networkPolicyManagement: 'x' }),
);

const metadata = fc.constantFrom<object>(
  ...[{}, {}, { labels: { a: '1' } }, { labels: { a: '2', b: null } }, { labels: { a: null } }, { labels: { 'bad key': 'x' } }, { labels: null }],
  ...[{ annotations: { n: 'x' } }, { annotations: { n: null } }, { finalizers: ['e.com/f'] }, { finalizers: ['e.com/g', 'e.com/f'] }],
  ...[{ finalizers: null }, { finalizers: [] }, { generation: 9 }, { creationTimestamp: null }],
);

const statuses = fc.constantFrom<object>(
  ...[{ service: 's' }, { service: null }, { podIPs: ['10.0.0.1'] }, { replicas: 1, observedGeneration: 2 }, { unknown: 1 }, { observedGeneration: -1 }],
  { conditions: [{ type: 'Ready', status: 'True', reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  { conditions: [{ type: 'Ready', status: 'Maybe', reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
);

const builtInBodies = fc.constantFrom<object>({ data: { k: 'v' } }, { data: { k: null } }, { data: null }, { data: { k: 'v' }, immutable: false }, {});
const serviceSpecs = fc.constantFrom<object>(
  ...[{ selector: { x: 'y' } }, { selector: { x: null, z: 'z' } }, { ports: [{ port: 80 }] }, { ports: null }, { ports: [] }],
  ...[{ ports: [{ port: 80 }, { port: 81 }] }, { ports: [{ port: 0 }] }, { clusterIP: '10.0.0.7' }],
);

const bodyFor = (kind: Kind): fc.Arbitrary<object> => {
  if (kind === 'ConfigMap') return builtInBodies;
  if (kind === 'Service') return serviceSpecs.map((spec) => ({ spec }));
  return kind === 'Pod' ? fc.constant({}) : customSpecs.map((spec) => ({ spec }));
};

/** What a new object has at least, so that most are accepted. */
const BASES: Readonly<Record<Kind, object | undefined>> = {
  Sandbox: { podTemplate: { spec: { containers: [{ name: 'a', image: 'i' }] } } },
  SandboxTemplate: { podTemplate: { spec: { containers: [] } } },
  SandboxWarmPool: { sandboxTemplateRef: { name: 't' } },
  // Without a selector a Service speaks two address families, which is not modelled.
  Service: { clusterIP: 'None', selector: { s: 's' } },
  // A node that does not exist: nobody runs the Pod, but it is not deleted at once.
  Pod: { nodeName: 'none', containers: [{ name: 'a', image: 'i' }] },
  ConfigMap: undefined,
};

const BUILT_IN: Readonly<Partial<Record<Kind, object>>> = { Pod: { phase: 'Running' }, Service: { loadBalancer: {} }, ConfigMap: {} };

const deleteOptions = fc.constantFrom<object>({}, {}, { gracePeriodSeconds: 0 }, { gracePeriodSeconds: 5 }, { propagationPolicy: 'Background' });

const line = fc
  .record({
    verb: fc.constantFrom<Line['verb']>('create', 'create', 'patch', 'patch', 'status', 'get', 'delete'),
    kind: fc.constantFrom<Kind>('Sandbox', 'Sandbox', 'SandboxWarmPool', 'SandboxTemplate', 'ConfigMap', 'Service', 'Pod'),
    name: fc.constantFrom('a', 'b'),
    version: fc.constantFrom<Line['version']>('none', 'none', 'latest', 'first', 'ancient', 'zero'),
    uid: fc.constantFrom<Line['uid']>('none', 'none', 'right', 'wrong'),
  })
  .chain((head) =>
    fc.record({ extra: bodyFor(head.kind), metadata, status: statuses, options: deleteOptions }).map(({ extra, status, options, ...rest }): Line => {
      if (head.verb === 'delete') return { ...head, body: options };
      // Of the status of built-in kinds only what kubelets write is modelled.
      const written = BUILT_IN[head.kind] ?? status;
      return { ...head, body: head.verb === 'status' ? { ...rest, status: written } : { ...rest, ...extra } };
    }),
  );

/** Scripts of up to so many requests. */
export const scripts = (most: number): fc.Arbitrary<readonly Line[]> => fc.array(line, { minLength: 1, maxLength: most, size: 'max' });

/** Plays a script and tells what was answered, in words that two servers can agree on. Names end in `mark`, so that scripts do not meet. */
export async function played(api: Api, script: readonly Line[], mark: string): Promise<readonly unknown[]> {
  const words = new Words(api.namespace);
  const known = new Map<string, { first: Body['metadata']; latest: Body['metadata'] }>();
  const told: unknown[] = [];
  for (const step of script) {
    const name = `${step.name}-${mark}`;
    const place = `${step.kind}/${name}`;
    const answer = await sent(api, { ...step, name }, known.get(place));
    const { metadata } = answer.body;
    if (metadata?.uid) known.set(place, { first: known.get(place)?.first ?? metadata, latest: metadata });
    told.push(words.ofAnswer(step.kind, answer));
  }
  return told;
}

type Known = { readonly first: Body['metadata']; readonly latest: Body['metadata'] } | undefined;

function sent(api: Api, { verb, kind, name, body, version, uid }: Line, known: Known): Promise<Answered> {
  const resource = TYPES[kind];
  const versions = { none: undefined, first: known?.first.resourceVersion, latest: known?.latest.resourceVersion, ancient: '1', zero: '0' };
  const identity = { resourceVersion: versions[version], uid: { none: undefined, right: known?.latest.uid, wrong: 'somebody-else' }[uid] };
  if (verb === 'get') return api.get(resource, name);
  if (verb === 'delete') return api.delete(resource, name, { ...body, preconditions: identity });
  const { metadata: given, ...rest } = body as { readonly metadata: object; readonly spec?: object };
  if (verb === 'create') {
    const { apiVersion } = resource;
    const base = BASES[kind];
    return api.create(resource, { ...rest, apiVersion, kind, metadata: { ...given, name }, ...(base && { spec: { ...rest.spec, ...base } }) });
  }
  const patch = { ...rest, metadata: { ...given, ...identity } };
  return verb === 'status' ? api.patchStatus(resource, name, patch) : api.patch(resource, name, patch);
}

/** Names for what each server makes up: the first UID that it shows, the second, and so on. Times are left out. */
class Words {
  private readonly names = new Map<string, string>();

  constructor(private readonly namespace: string) {}

  public ofAnswer(kind: Kind, { status, body }: Answered): unknown {
    const { uid, resourceVersion } = body.metadata ?? {};
    for (const text of [uid, resourceVersion]) if (text && !this.names.has(text)) this.names.set(text, `made-${this.names.size}`);
    return { status, body: status < 300 ? this.plain(kind, body) : refusal(body) };
  }

  private plain(kind: Kind, body: Body): unknown {
    const { metadata, spec, status, ...rest } = body;
    // Much of a Pod is not modelled, and addresses are anybody's.
    const content = kind === 'Pod' ? { status: (status as { phase?: string } | undefined)?.phase } : { spec, status };
    const text = JSON.stringify({ ...rest, ...content, metadata: { ...metadata, creationTimestamp: 'then' } });
    return JSON.parse(text, (key, value: unknown) => {
      if (key === 'deletionTimestamp') return 'then';
      if (typeof value !== 'string') return value;
      return value === this.namespace ? 'here' : (this.names.get(value) ?? value);
    });
  }
}

/** A refusal without its words; the fields that it names, each once. */
function refusal({ code, reason, details }: Body): unknown {
  const { causes = [], name, kind, group } = (details ?? {}) as { causes?: ReadonlyArray<{ field?: string; reason?: string }>; [key: string]: unknown };
  return { code, reason, name, kind, group, causes: [...new Set(causes.map((cause) => `${cause.field} ${cause.reason}`))].sort() };
}
