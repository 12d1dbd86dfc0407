import { CONDITION } from '../../api/conditions';
import { LABELS } from '../../api/keys';
import { EXTENSIONS_GROUP } from '../../api/kinds';
import { findTemplateOfPolicy } from '../../api/names';
import { BoundedMap } from '../../runtime/bounded-map';
import { findControllerOf, keyOf, keyText, type Key, type KubeObject } from '../../runtime/object';
import { ReconcileLoop } from '../../runtime/reconcile';
import type { Change } from '../../runtime/store';
import type { Allocator } from '../members/allocator';
import { withdrawing } from '../members/withdrawal';
import type { ControllerContext } from '../shared/context';
import { cacheOf, extensionsOf } from '../shared/informers';
import { SANDBOXES, WARM_POOLS, type Pod } from '../shared/objects';
import type { PolicyWaits } from '../shared/protection';
import { observe, type Memory, type Observed, type Settings, type View } from './observe';
import { plan } from './plan';

/** What the pool controller gets beside what all get. */
export interface WarmPoolContext extends ControllerContext {
  readonly allocator: Allocator;
  readonly protections: Pick<PolicyWaits, 'protectionOf'>;
}

// Members have names of 28⁵ kinds, so only a recent one could come again by chance or by a POST that is repeated.
const REMEMBERED_NAMES = 10_000;

/** The pool controller: which events wake which pool, and nothing else. Throws without the informers of the extensions. */
export function warmPoolController(context: WarmPoolContext, settings: Settings): ReconcileLoop<Observed, Memory> {
  const { allocator, protections } = context;
  const { sandboxes, pods } = context.informers;
  const { pools, templates, policies } = extensionsOf(context.informers);
  const spent = new BoundedMap<true>(REMEMBERED_NAMES);
  sandboxes.cache.onChange(({ type, object }) => {
    if (type === 'deleted') spent.set(keyText(keyOf(object)), true);
  });
  const view: View = {
    pools: pools.cache,
    templates: templates.cache,
    sandboxes: { find: (key) => sandboxes.cache.find(key), byNameHash: (namespace, hash) => sandboxes.cache.by('nameHash', `${namespace}/${hash}`) },
    orphans: (namespace, hash) => sandboxes.cache.by('orphan', `${namespace}/${hash}`),
    isSpent: (key) => spent.find(keyText(key)) === true,
    podOf: ({ metadata }) => pods.cache.by('owner', metadata.uid)[0],
    stock: (pool) => allocator.stock(pool),
    protectionOf: (template, monotonicMs) => protections.protectionOf(template, monotonicMs),
  };
  const stored = cacheOf(context.informers);
  const loop = new ReconcileLoop<Observed, Memory>({
    ...context,
    cacheOf: (resource) => (resource.plural === SANDBOXES.plural ? withdrawing(allocator, stored(resource)) : stored(resource)),
    reconciler: { name: 'sandboxwarmpool', plan, observe: (key, circumstances) => observe(key, circumstances, { view, settings, random: context.random }) },
  });
  const ofTemplate = ({ namespace, name }: Key): readonly Key[] => pools.cache.by('template', `${namespace}/${name}`).map(keyOf);
  pools.cache.onChange(loop.waking((pool) => [keyOf(pool)]));
  templates.cache.onChange(loop.waking((template) => ofTemplate(keyOf(template))));
  // Not of spec 06 §1: members wait for the policy of their template (spec 04 §3).
  policies.cache.onChange(loop.waking((policy) => ofTemplate({ ...keyOf(policy), name: findTemplateOfPolicy(policy.metadata.name) ?? '' })));
  sandboxes.cache.onChange(
    loop.waking((sandbox) => {
      const label = sandbox.metadata.labels?.[LABELS.warmPool];
      if (findControllerOf(sandbox) || label === undefined) return poolsOf(sandbox);
      return pools.cache.by('nameHash', `${sandbox.metadata.namespace ?? ''}/${label}`).map(keyOf);
    }),
  );
  const wakePoolOf = loop.waking<Pod>((pod) => {
    const owner = findControllerOf(pod);
    const sandbox = owner && sandboxes.cache.find({ ...keyOf(pod), name: owner.name });
    return sandbox ? poolsOf(sandbox) : [];
  });
  pods.cache.onChange((change) => {
    if (isOfConsequence(change)) wakePoolOf(change);
  });
  return loop;
}

/** The pool that a member belongs to. */
function poolsOf(sandbox: KubeObject): readonly Key[] {
  const owner = findControllerOf(sandbox);
  const isPool = owner?.kind === WARM_POOLS.kind && owner.apiVersion.startsWith(`${EXTENSIONS_GROUP}/`);
  return isPool ? [{ ...keyOf(sandbox), name: owner.name }] : [];
}

/** Only what a member's health rests on: whether its Pod can be scheduled, and whether it goes. */
const isOfConsequence = ({ type, object, old }: Change<Pod>): boolean => type === 'deleted' || healthText(object) !== healthText(old);

function healthText(pod: Pod | undefined): string {
  const scheduled = pod?.status?.conditions?.find(({ type }) => type === CONDITION.podScheduled);
  return JSON.stringify([pod?.metadata.deletionTimestamp, scheduled?.status, scheduled?.reason]);
}
