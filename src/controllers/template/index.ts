import { EXTENSIONS_GROUP } from '../../api/kinds';
import { findTemplateOfPolicy } from '../../api/names';
import { findControllerOf, keyOf, type Key, type KubeObject } from '../../runtime/object';
import { ReconcileLoop } from '../../runtime/reconcile';
import type { ControllerContext } from '../shared/context';
import { cacheOf, extensionsOf } from '../shared/informers';
import { observe, type Observed } from './observe';
import { plan } from './plan';

/** The template controller: which events wake which template, and nothing else. Throws without the informers of the extensions. */
export function templateController(context: ControllerContext, areTemplatesLabelled: boolean): ReconcileLoop<Observed> {
  const { templates, policies } = extensionsOf(context.informers);
  const caches = { templates: templates.cache, policies: policies.cache };
  const loop = new ReconcileLoop<Observed>({
    ...context,
    cacheOf: cacheOf(context.informers),
    reconciler: {
      ...{ name: 'sandboxtemplate', plan, trace: { span: () => ({ name: 'ReconcileSandboxTemplate', attributes: {}, parent: undefined }) } },
      observe: (key, circumstances) => observe(key, circumstances, { caches, areTemplatesLabelled }),
    },
  });
  templates.cache.onChange(loop.waking((template) => [keyOf(template)]));
  policies.cache.onChange(loop.waking(templatesOf));
  return loop;
}

/** The template that owns a policy, or in whose place of a policy somebody else's stands. */
function templatesOf(policy: KubeObject): readonly Key[] {
  const owner = findControllerOf(policy);
  const isTemplate = owner?.kind === 'SandboxTemplate' && owner.apiVersion.startsWith(`${EXTENSIONS_GROUP}/`);
  const name = isTemplate ? owner.name : findTemplateOfPolicy(policy.metadata.name);
  return name === undefined ? [] : [{ namespace: policy.metadata.namespace ?? '', name }];
}
