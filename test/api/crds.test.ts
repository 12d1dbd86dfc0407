import { loadCrds } from '../../src/api/crds';
import type { Schema } from '../../src/api/schema';

const schemas = (schema: Schema): Schema[] => [
  schema,
  ...Object.values(schema.properties ?? {}).flatMap(schemas),
  ...(schema.items ? schemas(schema.items) : []),
  ...(schema.additionalProperties ? schemas(schema.additionalProperties) : []),
];

describe.each(loadCrds().map((crd) => [crd.metadata.name, crd] as const))('%s', (_, crd) => {
  test('serves and stores v1beta1 only, without conversion', () => {
    expect(crd.spec.versions.map(({ name, served, storage }) => ({ name, served, storage }))).toEqual([{ name: 'v1beta1', served: true, storage: true }]);
    expect(Object.keys(crd.spec).sort()).toEqual(['group', 'names', 'scope', 'versions']);
  });

  test('stays below the limit of client-side apply', () => {
    expect(Buffer.byteLength(JSON.stringify(crd))).toBeLessThan(200_000);
  });

  test('holds no empty list, no null and no schema that lets unknown fields pass', () => {
    expect(JSON.stringify(crd)).not.toMatch(/null|\[\]|preserve-unknown-fields/);
  });

  test('requires a key or gives it a default wherever a list is a map', () => {
    const lists = schemas(crd.spec.versions[0]?.schema.openAPIV3Schema ?? {}).filter((schema) => schema['x-kubernetes-list-type'] === 'map');
    const loose = lists.flatMap((list) =>
      (list['x-kubernetes-list-map-keys'] ?? []).filter((key) => !list.items?.required?.includes(key) && list.items?.properties?.[key]?.default === undefined),
    );
    expect(loose).toEqual([]);
  });
});

test('the only CEL rule keeps volumeClaimTemplates of a Sandbox as they are', () => {
  const rules = loadCrds().flatMap((crd) =>
    schemas(crd.spec.versions[0]?.schema.openAPIV3Schema ?? {}).flatMap((schema) => schema['x-kubernetes-validations'] ?? []),
  );
  expect(rules.map((rule) => rule.message)).toEqual(['volumeClaimTemplates is immutable']);
});
