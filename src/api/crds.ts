import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { object, string, type Field } from './field';
import { KINDS, VERSION, type Column, type Kind } from './kinds';
import { schemaOf, type Definitions, type Schema } from './schema';

/** A CustomResourceDefinition in the form in which the API server stores it, without status. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
    };
    readonly scope: 'Namespaced';
    readonly versions: readonly CustomResourceVersion[];
  };
}

interface CustomResourceVersion {
  readonly name: string;
  readonly served: true;
  readonly storage: true;
  readonly additionalPrinterColumns?: readonly Column[];
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly subresources?: { readonly status?: object; readonly scale?: Kind['scale'] };
}

/** The CRD of a declared kind. Short names equal to the singular are kept: `kubectl` users and tools expect them (spec 01 §1). */
export function crdOf(kind: Kind, definitions: Definitions): CustomResourceDefinition {
  const singular = kind.kind.toLowerCase();
  const version: CustomResourceVersion = {
    ...(kind.columns.length > 0 && { additionalPrinterColumns: kind.columns }),
    name: VERSION,
    schema: { openAPIV3Schema: schemaOf(rootOf(kind), definitions) },
    served: true,
    storage: true,
    ...(kind.status && { subresources: { ...(kind.scale && { scale: kind.scale }), status: {} } }),
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: {
      group: kind.group,
      names: { kind: kind.kind, listKind: `${kind.kind}List`, plural: kind.plural, shortNames: [kind.shortName], singular },
      scope: 'Namespaced',
      versions: [version],
    },
  };
}

function rootOf(kind: Kind): Field {
  return object(
    kind.kind,
    {
      apiVersion: string(),
      kind: string(),
      metadata: object('ObjectMeta', {}),
      spec: { ...kind.spec, required: true },
      ...(kind.status && { status: kind.status }),
    },
    { doc: kind.doc },
  );
}

let loaded: readonly CustomResourceDefinition[] | undefined;

/** The committed CRDs of the four kinds, in the order of `KINDS`. Read once, when first needed: importing the package reads nothing. */
export function loadCrds(): readonly CustomResourceDefinition[] {
  // The file is written by `npm run imports` from crdOf; a test compares the two.
  loaded ??= JSON.parse(readFileSync(join(__dirname, '..', '..', 'imports', 'crds.json'), 'utf8')) as readonly CustomResourceDefinition[];
  return loaded;
}

/** The schema of `spec` of a kind, from the committed CRD. */
export function specSchema(kind: Kind): Schema {
  const crd = loadCrds()[KINDS.indexOf(kind)];
  const schema = crd?.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec;
  if (!schema) throw new Error(`imports/crds.json holds no schema for ${kind.kind}; run npm run imports`);
  return schema;
}
