import type { Field, ListField } from '../../src/api/field';
import type { Cluster } from '../../test/cluster/connection';

/** A definition of the API server's `/openapi/v2`. */
export interface Definition {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly $ref?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly additionalProperties?: Definition;
  readonly items?: Definition;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
}

export interface OpenApi {
  readonly info: { readonly version: string };
  readonly definitions: Readonly<Record<string, Definition>>;
}

const CORE = 'io.k8s.api.core.v1.';

/** The only defaults inside embedded types (spec 01 §9.2); those of the document are dropped, because they switch required checks off. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, string | boolean>>>> = {
  ContainerPort: { protocol: 'TCP' },
  LocalObjectReference: { name: '' },
  ConfigMapKeySelector: { name: '' },
  SecretKeySelector: { name: '' },
  ConfigMapEnvSource: { name: '' },
  SecretEnvSource: { name: '' },
  ConfigMapVolumeSource: { name: '' },
  ConfigMapProjection: { name: '' },
  SecretProjection: { name: '' },
  FileKeySelector: { optional: false },
  GRPCAction: { service: '' },
  AzureDiskVolumeSource: { fsType: 'ext4', readOnly: false },
  ISCSIVolumeSource: { iscsiInterface: 'default' },
  RBDVolumeSource: { keyring: '/etc/ceph/keyring', pool: 'rbd', user: 'admin' },
  ScaleIOVolumeSource: { fsType: 'xfs', storageMode: 'ThinProvisioned' },
};

/** Types whose published form is not what a CRD may hold (spec 01 §9.3). */
function rewrittenTypes(docs: boolean): Readonly<Record<string, Field>> {
  const texts = (doc: string): Field => ({ kind: 'map', values: { kind: 'string' }, ...(docs && { doc }) });
  return {
    'io.k8s.apimachinery.pkg.api.resource.Quantity': { kind: 'quantity' },
    'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { kind: 'intOrString' },
    'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': {
      kind: 'object',
      struct: 'EmbeddedObjectMeta',
      fields: { labels: texts('Labels of the object.'), annotations: texts('Annotations of the object.') },
    },
  };
}

/** Reads the document of a running API server. */
export async function fetchOpenApi(cluster: Cluster): Promise<OpenApi> {
  const { status, body } = await cluster.request('GET', '/openapi/v2');
  if (status !== 200) throw new Error(`GET /openapi/v2: expected status 200, found ${status}`);
  // The document's shape is the API server's contract.
  return body as OpenApi;
}

/** Turns definitions of the document into field declarations, one at a time, as they are asked for. */
export function definitionsOf(openApi: OpenApi, options: { readonly docs: boolean }): (name: string) => Field {
  const seen = new Map(Object.entries(rewrittenTypes(options.docs)));
  const find = (name: string): Field => {
    const known = seen.get(name);
    if (known) return known;
    const definition = openApi.definitions[name];
    if (!definition) throw new Error(`the API server's OpenAPI has no definition ${name}`);
    const field = fieldOf(definition, name.split('.').at(-1) ?? name);
    seen.set(name, field);
    return field;
  };
  const doc = (definition: Definition) => (options.docs && definition.description ? { doc: definition.description } : {});

  function fieldOf(definition: Definition, struct: string): Field {
    if (definition.$ref) return { ...find(definition.$ref.replace('#/definitions/', '')), ...doc(definition) };
    if (definition.items) return { ...listOf(definition, definition.items, struct), ...doc(definition) };
    if (definition.additionalProperties)
      return { kind: 'map', values: fieldOf(definition.additionalProperties, struct), ...atomic(definition), ...doc(definition) };
    if (definition.properties)
      return { kind: 'object', struct, fields: membersOf(definition, definition.properties, struct), ...atomic(definition), ...doc(definition) };
    return scalarOf(definition, struct);
  }

  function membersOf(definition: Definition, properties: Readonly<Record<string, Definition>>, struct: string): Record<string, Field> {
    return Object.fromEntries(
      Object.entries(properties).map(([name, property]) => {
        const field = fieldOf(property, `${struct}${name}`);
        const preset = DEFAULTS[struct]?.[name];
        return [name, { ...field, ...(definition.required?.includes(name) && { required: true }), ...(preset !== undefined && { default: preset }) }];
      }),
    );
  }

  function listOf(definition: Definition, items: Definition, struct: string): ListField {
    const listType = definition['x-kubernetes-list-type'] ?? 'atomic';
    const keys = definition['x-kubernetes-list-map-keys'];
    return { kind: 'list', items: fieldOf(items, struct), listType, ...(keys && { listMapKeys: keys }) };
  }

  function scalarOf(definition: Definition, struct: string): Field {
    const { type, format } = definition;
    const shared = { ...(format && { format }), ...doc(definition) };
    if (type === 'string' || type === 'boolean' || type === 'integer' || type === 'number') return { kind: type, ...shared };
    if (type === 'object') return { kind: 'object', struct, fields: {}, ...doc(definition) };
    throw new Error(`the API server's OpenAPI gives ${struct} the type ${String(type)}, which a CRD cannot hold`);
  }

  return find;
}

const atomic = (definition: Definition): { readonly mapType?: 'atomic' } => (definition['x-kubernetes-map-type'] === 'atomic' ? { mapType: 'atomic' } : {});

/** Names of the definitions of core/v1 whose defaults are listed but which the document does not have: must be empty. */
export const unknownDefaults = (openApi: OpenApi): readonly string[] => Object.keys(DEFAULTS).filter((name) => !openApi.definitions[`${CORE}${name}`]);
