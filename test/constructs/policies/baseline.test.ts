import type { RenderedObject } from '../../../src/constructs/policies/rendered-object';
import { EXTENSIONS, findings, object, sandbox } from './manifests';

const volume = (storage: string, metadata: object = { name: 'work' }) => [{ metadata, spec: { resources: { requests: { storage } } } }];
const PATH = 'baseline/volumeClaimTemplates spec.volumeClaimTemplates';

test.each<[string, object, object, string[]]>([
  ['nothing', { volumeClaimTemplates: volume('1Gi') }, { volumeClaimTemplates: volume('1Gi') }, []],
  ['something else', { volumeClaimTemplates: volume('1Gi'), service: true }, { volumeClaimTemplates: volume('1Gi') }, []],
  [
    'the size',
    { volumeClaimTemplates: volume('1Gi') },
    { volumeClaimTemplates: volume('2Gi') },
    [`${PATH}[0].spec.resources.requests.storage: found "2Gi", expected "1Gi" as in old.yaml`],
  ],
  [
    'the spelling of the size',
    { volumeClaimTemplates: volume('1Gi') },
    { volumeClaimTemplates: volume('1024Mi') },
    [`${PATH}[0].spec.resources.requests.storage: found "1024Mi"`],
  ],
  [
    'labels',
    { volumeClaimTemplates: volume('1Gi') },
    { volumeClaimTemplates: volume('1Gi', { name: 'work', labels: { a: 'b' } }) },
    [`${PATH}[0].metadata.labels: found {"a":"b"}, expected nothing`],
  ],
  ['the first volume', {}, { volumeClaimTemplates: volume('1Gi') }, [`${PATH}: found [{`]],
  ['the last volume', { volumeClaimTemplates: volume('1Gi') }, {}, [`${PATH}: found nothing, expected [{`]],
  [
    'one of two volumes',
    { volumeClaimTemplates: [...volume('1Gi'), ...volume('2Gi')] },
    { volumeClaimTemplates: volume('1Gi') },
    [`${PATH}[1]: found nothing`],
  ],
  ['absent to empty', {}, { volumeClaimTemplates: [] }, [`${PATH}: found [], expected nothing`]],
])('changing %s of a Sandbox', (_, before, now, starts) => {
  const old = { ...sandbox(before), source: 'old.yaml' };
  const found = findings([sandbox(now)], {}, [old]);
  expect(found.map((text, index) => text.slice(0, starts[index]?.length))).toEqual(starts);
});

test('volumeClaimTemplates of a template may change', () => {
  const template = (storage: string) => object(EXTENSIONS, 'SandboxTemplate', 'python', { volumeClaimTemplates: volume(storage) });
  expect(findings([template('2Gi')], {}, [template('1Gi')])).toEqual([]);
});

const stateful = { volumeClaimTemplates: volume('1Gi') };
const gone = 'baseline/removedVolumes metadata.name: found nothing';
const pool = object(EXTENSIONS, 'SandboxWarmPool', 'warm', { sandboxTemplateRef: { name: 'python' } });
const claim = (spec: object = {}) => object(EXTENSIONS, 'SandboxClaim', 'bob', { warmPoolRef: { name: 'warm' }, ...spec });
const template = (spec: object) => object(EXTENSIONS, 'SandboxTemplate', 'python', spec);

test.each<[string, RenderedObject[], number]>([
  ['a Sandbox with volumes', [sandbox(stateful)], 1],
  ['a Sandbox without volumes', [sandbox({})], 0],
  ['a claim with volumes', [claim(stateful)], 1],
  ['a claim of a template with volumes', [claim(), pool, template(stateful)], 1],
  ['a claim of a template without volumes', [claim(), pool, template({})], 0],
  [
    'a claim of a pool of another namespace',
    [claim(), { ...pool, manifest: { ...pool.manifest, metadata: { name: 'warm', namespace: 'other' } } }, template(stateful)],
    0,
  ],
  ['a template with volumes', [template(stateful)], 0],
  ...(
    [
      ['argocd.argoproj.io/sync-options', 'Validate=false, Prune=false', 0],
      ['argocd.argoproj.io/sync-options', 'Prune=confirm', 0],
      ['argocd.argoproj.io/sync-options', 'PruneLast=true', 1],
      ['kustomize.toolkit.fluxcd.io/prune', 'disabled', 0],
      ['kustomize.toolkit.fluxcd.io/prune', 'enabled', 1],
      ['helm.sh/resource-policy', 'keep', 0],
    ] as const
  ).map(([key, value, found]): [string, RenderedObject[], number] => [
    `a Sandbox with volumes and ${key}: ${value}`,
    [sandbox(stateful, { annotations: { [key]: value } })],
    found,
  ]),
])('%s that is gone', (_, baseline, found) => {
  expect(findings([], {}, baseline).filter((text) => text.startsWith(gone))).toHaveLength(found);
});

test('a Sandbox that only has another name or namespace is pointed at', () => {
  expect(findings([sandbox(stateful, {}, 'alice-c8d1')], {}, [sandbox(stateful)])).toEqual([
    `${gone}; Sandbox team-a/alice-c8d1 has the same spec, expected "alice" as in agents.k8s.yaml`,
  ]);
  expect(findings([sandbox(stateful, { namespace: 'team-b' })], {}, [sandbox(stateful)])).toEqual([expect.stringContaining('; Sandbox team-b/alice has')]);
  expect(findings([sandbox({ ...stateful, service: true }, {}, 'carol')], {}, [sandbox(stateful)])).toEqual([expect.not.stringContaining('carol')]);
});

test('without a baseline nothing is compared', () => {
  expect(findings([sandbox(stateful)], {})).toEqual([]);
});
