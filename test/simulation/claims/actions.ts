import fc from 'fast-check';
import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { keyOf } from '../../../src/runtime/object';
import { CLAIMS, PODS, SANDBOXES } from '../api/resource-types';
import { timeText } from '../api/rules';
import { partOf } from '../api/stored';
import { histories, type History } from '../history';
import { performOnSandboxes, type SandboxAction } from '../sandboxes/actions';
import { NAMESPACE, type World } from '../world';

/** What people and the cluster do to pools, claims and the Sandboxes between them. Claims are `c0`, `c1` and so on. */
export type ClaimAction =
  | SandboxAction
  /** A template and a pool of it come, and perhaps claims with them. */
  | { readonly do: 'begin'; readonly template: object; readonly pool: object; readonly claims: number }
  | { readonly do: 'claims'; readonly from: number; readonly count: number; readonly spec: object }
  | { readonly do: 'unclaim'; readonly from: number; readonly count: number; readonly options: object }
  | { readonly do: 'expireClaim'; readonly nth: number; readonly inMs: number; readonly policy: string }
  /** To one of the Sandboxes that there are, counted in the order of their names. */
  | { readonly do: 'disturb'; readonly nth: number; readonly how: Disturbance }
  | { readonly do: 'drainNode'; readonly node: number }
  /** Somebody writes the name of a Sandbox into a claim, as a controller does that dies afterwards. */
  | { readonly do: 'hint'; readonly claim: number; readonly nth: number }
  /** Somebody makes a second Sandbox for a claim. */
  | { readonly do: 'duplicate'; readonly claim: number };

type Disturbance = 'drain' | 'fail' | 'delete' | 'deleteForeground' | 'hold' | 'release' | 'label' | 'suspend';

/** Carries out an action. What the server refuses simply does not happen. */
export function performOnClaims(world: World, action: ClaimAction): void {
  switch (action.do) {
    case 'begin':
      create(world, 'SandboxTemplate', 't', action.template);
      create(world, 'SandboxWarmPool', 'p', action.pool);
      for (let claim = 0; claim < action.claims; claim++) create(world, 'SandboxClaim', `c${claim}`, { warmPoolRef: { name: 'p' } });
      return;
    case 'claims':
      for (let claim = action.from; claim < action.from + action.count; claim++) create(world, 'SandboxClaim', `c${claim}`, action.spec);
      return;
    case 'unclaim':
      for (let claim = action.from; claim < action.from + action.count; claim++) {
        performOnSandboxes(world, { do: 'delete', kind: 'SandboxClaim', name: `c${claim}`, options: action.options });
      }
      return;
    case 'expireClaim': {
      const lifecycle = { shutdownTime: timeText(world.scheduler.nowMs + action.inMs), shutdownPolicy: action.policy };
      return performOnSandboxes(world, { do: 'patch', kind: 'SandboxClaim', name: `c${action.nth}`, body: { spec: { lifecycle } } });
    }
    case 'disturb':
      return disturb(world, nthSandbox(world, action.nth), action.how);
    case 'drainNode':
      for (const pod of world.model.store.list(PODS)) if (partOf(pod, 'spec').nodeName === `node-${action.node}`) world.nodes.drain(keyOf(pod));
      return;
    case 'hint':
      return hint(world, action.claim, nthSandbox(world, action.nth));
    case 'duplicate':
      return duplicate(world, action.claim);
    default:
      performOnSandboxes(world, action);
  }
}

const create = (world: World, kind: 'SandboxTemplate' | 'SandboxWarmPool' | 'SandboxClaim', name: string, spec: object): void =>
  performOnSandboxes(world, { do: 'create', kind, name, spec });

function nthSandbox({ model }: World, nth: number): string | undefined {
  const all = model.store.list(SANDBOXES);
  return all[nth % all.length]?.metadata.name;
}

const PATCHES: Readonly<Partial<Record<Disturbance, object>>> = {
  hold: { metadata: { finalizers: ['example.com/hold'] } },
  release: { metadata: { finalizers: null } },
  label: { metadata: { labels: { 'example.com/seen': 'true' } } },
  suspend: { spec: { operatingMode: 'Suspended' } },
};

function disturb(world: World, name: string | undefined, how: Disturbance): void {
  if (name === undefined) return;
  const body = PATCHES[how];
  if (body) performOnSandboxes(world, { do: 'patch', kind: 'Sandbox', name, body });
  else if (how === 'drain') world.nodes.drain({ namespace: NAMESPACE, name });
  else if (how === 'fail') world.nodes.end({ namespace: NAMESPACE, name }, 'Failed');
  else performOnSandboxes(world, { do: 'delete', kind: 'Sandbox', name, options: how === 'delete' ? {} : { propagationPolicy: 'Foreground' } });
}

function hint(world: World, claim: number, sandbox: string | undefined): void {
  const annotations = { [ANNOTATIONS.sandboxName]: sandbox ?? 'nobody' };
  performOnSandboxes(world, { do: 'patch', kind: 'SandboxClaim', name: `c${claim}`, body: { metadata: { annotations } } });
}

function duplicate(world: World, claim: number): void {
  const owner = world.model.store.find(CLAIMS, { namespace: NAMESPACE, name: `c${claim}` });
  if (!owner) return;
  const { apiVersion, kind } = CLAIMS;
  const { name, uid } = owner.metadata;
  const metadata = {
    labels: { [LABELS.claimUid]: uid, [LABELS.templateRefHash]: nameHash('t') },
    ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }],
  };
  performOnSandboxes(world, { do: 'create', kind: 'Sandbox', name: `${name}-again`, metadata, spec: blueprint('i') });
}

const blueprint = (image: string) => ({ podTemplate: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main', image }] } } });

// Few of everything, because that is where races are; sometimes many, because that is where counting is.
const few = (most: number) => fc.oneof({ weight: 40, arbitrary: fc.nat({ max: 4 }) }, { weight: 1, arbitrary: fc.nat({ max: most }) });
const template = fc.constantFrom<object>(blueprint('i'), blueprint('j'), { ...blueprint('i'), envVarsInjectionPolicy: 'Allowed' });
const updateStrategy = fc.constantFrom({}, {}, { updateStrategy: { type: 'Recreate' } });
const poolOf = (name: fc.Arbitrary<string>) =>
  fc.tuple(few(40), name, updateStrategy).map(([replicas, of, strategy]) => ({ replicas, sandboxTemplateRef: { name: of }, ...strategy }));

const begin: fc.Arbitrary<ClaimAction> = fc.record({ do: fc.constant('begin' as const), template, pool: poolOf(fc.constant('t')), claims: few(40) });

// A name that comes again is a claim that is made anew.
const claim = fc.nat({ max: 5 });
const pool = fc.constantFrom('p', 'p', 'p', 'q');
const templateName = fc.constantFrom('t', 't', 'u');
const nth = fc.nat({ max: 50 });

const claimSpec = fc
  .tuple(
    pool,
    fc.constantFrom<object>(...[{}, {}, {}, {}], { env: [{ name: 'A', value: 'b' }] }, { additionalPodMetadata: { labels: { 'sandbox.users.io/a': 'b' } } }),
    fc.constantFrom<object>(
      ...[{}, {}, {}],
      { lifecycle: { ttlSecondsAfterFinished: 0 } },
      { lifecycle: { ttlSecondsAfterFinished: 5, shutdownPolicy: 'Delete' } },
    ),
  )
  .map(([name, ...more]): object => Object.assign({ warmPoolRef: { name } }, ...more) as object);

const deleteOptions = fc.constantFrom({}, {}, { propagationPolicy: 'Foreground' });

type Of<D extends ClaimAction['do']> = Omit<Extract<ClaimAction, { do: D }>, 'do'>;
const act = <D extends ClaimAction['do']>(name: D, members: { [M in keyof Of<D>]: fc.Arbitrary<Of<D>[M]> }): fc.Arbitrary<ClaimAction> =>
  // The members are those of the action of this name.
  fc.record(members).map((given) => ({ do: name, ...given }) as unknown as ClaimAction);

const named = (kind: 'SandboxWarmPool' | 'SandboxTemplate', name: fc.Arbitrary<string>, body: fc.Arbitrary<object>): fc.Arbitrary<ClaimAction> =>
  fc.tuple(name, body).map(([of, patch]) => ({ do: 'patch', kind, name: of, body: patch }));

const actions: fc.Arbitrary<ClaimAction> = fc.oneof(
  { weight: 8, arbitrary: act('claims', { from: claim, count: few(40).map((count) => count + 1), spec: claimSpec }) },
  { weight: 3, arbitrary: act('unclaim', { from: claim, count: few(20).map((count) => count + 1), options: deleteOptions }) },
  {
    weight: 2,
    arbitrary: act('expireClaim', {
      nth: claim,
      inMs: fc.integer({ min: -1000, max: 20_000 }),
      policy: fc.constantFrom('Delete', 'DeleteForeground', 'Retain'),
    }),
  },
  {
    weight: 4,
    arbitrary: named(
      'SandboxWarmPool',
      pool,
      few(40).map((replicas) => ({ spec: { replicas } })),
    ),
  },
  {
    weight: 1,
    arbitrary: named(
      'SandboxWarmPool',
      pool,
      templateName.map((name) => ({ spec: { sandboxTemplateRef: { name } } })),
    ),
  },
  {
    weight: 3,
    arbitrary: named(
      'SandboxTemplate',
      templateName,
      template.map((spec) => ({ spec })),
    ),
  },
  {
    weight: 1,
    arbitrary: named(
      'SandboxTemplate',
      templateName,
      fc.constantFrom('x', 'y').map((app) => ({ spec: { podTemplate: { metadata: { labels: { app } } } } })),
    ),
  },
  { weight: 2, arbitrary: fc.tuple(pool, poolOf(templateName)).map(([name, spec]): ClaimAction => ({ do: 'create', kind: 'SandboxWarmPool', name, spec })) },
  { weight: 1, arbitrary: fc.tuple(templateName, template).map(([name, spec]): ClaimAction => ({ do: 'create', kind: 'SandboxTemplate', name, spec })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('p', 't', 'q', 'u'), fc.constantFrom({}, {}, { propagationPolicy: 'Orphan' }))
      .map(([name, options]): ClaimAction => ({ do: 'delete', kind: 'pq'.includes(name) ? 'SandboxWarmPool' : 'SandboxTemplate', name, options })),
  },
  {
    weight: 5,
    arbitrary: act('disturb', {
      nth,
      how: fc.constantFrom<Disturbance>(
        ...(['drain', 'drain', 'fail', 'delete', 'delete', 'deleteForeground', 'hold', 'release', 'label', 'suspend'] as const),
      ),
    }),
  },
  { weight: 1, arbitrary: act('drainNode', { node: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: act('hint', { claim, nth }) },
  { weight: 1, arbitrary: act('duplicate', { claim }) },
  // In the way of a cold start.
  { weight: 1, arbitrary: claim.map((number): ClaimAction => ({ do: 'create', kind: 'Sandbox', name: `c${number}`, spec: blueprint('i') })) },
  // Looks like a member and is none, or belongs to nobody.
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('stray', 'lost'), pool).map(([name, of]): ClaimAction => ({
      ...{ do: 'create', kind: 'Sandbox', name, spec: blueprint('i') },
      metadata: { labels: { [LABELS.warmPool]: nameHash(of), [LABELS.templateRefHash]: nameHash('t') } },
    })),
  },
);

/** Histories of pools and claims; there is always a template and a pool to begin with. */
export const claimHistories: fc.Arbitrary<History<ClaimAction>> = histories(begin, actions);
