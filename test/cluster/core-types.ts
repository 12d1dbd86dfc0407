import { fetchOpenApi, type Definition } from '../../.ci/imports/openapi';
import type { Schema } from '../../src/api/schema';
import type { Cluster } from './connection';

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** What stands for a type that a CRD cannot hold in its published form (spec 01 §9.1, §9.3). */
const SAMPLES: Readonly<Record<string, unknown>> = {
  [QUANTITY]: '1500m',
  [INT_OR_STRING]: 'http',
  [OBJECT_META]: { labels: { a: '1' }, annotations: { b: '2' } },
};

/** The types of core Kubernetes, as the running API server publishes them. */
export class CoreTypes {
  private constructor(private readonly definitions: Readonly<Record<string, Definition>>) {}

  public static async of(cluster: Cluster): Promise<CoreTypes> {
    return new CoreTypes((await fetchOpenApi(cluster)).definitions);
  }

  private get(name: string): Definition {
    const definition = this.definitions[name];
    if (!definition) throw new Error(`the API server's OpenAPI has no definition ${name}`);
    return definition;
  }

  /** A value of a definition in which every field is set, and every list has one item. */
  public wholeValue(name: string): unknown {
    return SAMPLES[name] ?? this.wholeOf(this.get(name));
  }

  /** Where the schema of a CRD does not say what the definition says; one sentence each. */
  public mismatches(name: string, schema: Schema, path = ''): readonly string[] {
    if (name in SAMPLES) return [];
    return this.mismatchesOf(this.get(name), schema, path);
  }

  private wholeOf(definition: Definition): unknown {
    if (definition.$ref) return this.wholeValue(targetOf(definition.$ref));
    if (definition.items) return [this.wholeOf(definition.items)];
    if (definition.additionalProperties) return { key: this.wholeOf(definition.additionalProperties) };
    if (definition.properties) return Object.fromEntries(Object.entries(definition.properties).map(([name, property]) => [name, this.wholeOf(property)]));
    return { string: 'text', boolean: true, integer: 7, number: 7, object: {} }[definition.type ?? 'object'];
  }

  private mismatchesOf(definition: Definition, schema: Schema, path: string): readonly string[] {
    if (definition.$ref) return this.mismatches(targetOf(definition.$ref), schema, path);
    const found: string[] = [];
    const compare = (what: string, published: unknown, ours: unknown) => {
      if (JSON.stringify(published) !== JSON.stringify(ours))
        found.push(`${path}: ${what} is ${JSON.stringify(ours)}, in core Kubernetes ${JSON.stringify(published)}`);
    };
    compare('the type', definition.type, schema.type);
    compare('the format', definition.format, schema.format);
    compare('required', [...(definition.required ?? [])].sort(), schema.required ?? []);
    compare('the map type', definition['x-kubernetes-map-type'], schema['x-kubernetes-map-type']);
    compare('the list type', definition.items && (definition['x-kubernetes-list-type'] ?? 'atomic'), schema['x-kubernetes-list-type']);
    compare('the list keys', definition['x-kubernetes-list-map-keys'], schema['x-kubernetes-list-map-keys']);
    const inner: readonly [string, Definition | undefined, Schema | undefined][] = [
      ['[]', definition.items, schema.items],
      ['{}', definition.additionalProperties, schema.additionalProperties],
      ...Object.entries(definition.properties ?? {}).map(([name, property]): [string, Definition, Schema | undefined] => [
        `.${name}`,
        property,
        schema.properties?.[name],
      ]),
    ];
    for (const [step, published, ours] of inner) {
      if (published && ours) found.push(...this.mismatchesOf(published, ours, path + step));
      else if (published) found.push(`${path}${step}: is missing`);
    }
    return found;
  }
}

const targetOf = (reference: string): string => reference.replace('#/definitions/', '');
