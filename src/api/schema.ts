import type { Field, ObjectField, ScalarField } from './field';

/** A structural schema as it stands in a CustomResourceDefinition (OpenAPI v3 with the Kubernetes extensions). */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'boolean' | 'integer' | 'number';
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly anyOf?: ReadonlyArray<{ readonly type: string }>;
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic';
  readonly 'x-kubernetes-validations'?: ReadonlyArray<{ readonly rule: string; readonly message: string }>;
}

/** The pattern of a Kubernetes quantity (spec 01 §9.1). */
export const QUANTITY_PATTERN = '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$';

/** Finds the declaration of an embedded type by the name of its OpenAPI definition; throws if there is none. */
export type Definitions = (definition: string) => Field;

const INT_OR_STRING: Schema = { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] };

/** The structural schema of a declared field, keys in a stable order and nothing empty in it. */
export function schemaOf(field: Field, definitions: Definitions): Schema {
  const shared = { description: field.doc, default: field.default };
  switch (field.kind) {
    case 'object':
      return compact({
        ...shared,
        type: 'object',
        ...objectMembers(field, definitions),
        'x-kubernetes-map-type': field.mapType,
        'x-kubernetes-validations': field.rules,
      });
    case 'list':
      return compact({
        ...shared,
        type: 'array',
        items: schemaOf(field.items, definitions),
        'x-kubernetes-list-map-keys': field.listMapKeys,
        'x-kubernetes-list-type': field.listType,
      });
    case 'map':
      return compact({ ...shared, type: 'object', additionalProperties: schemaOf(field.values, definitions), 'x-kubernetes-map-type': field.mapType });
    case 'embedded':
      return compact({ ...schemaOf(definitions(field.definition), definitions), ...compact(shared) });
    case 'intOrString':
      return compact({ ...shared, ...INT_OR_STRING });
    case 'quantity':
      return compact({ ...shared, ...INT_OR_STRING, pattern: QUANTITY_PATTERN });
    default:
      return scalarSchema(field, shared);
  }
}

function objectMembers(field: ObjectField, definitions: Definitions): Pick<Schema, 'properties' | 'required'> {
  const names = Object.keys(field.fields).sort();
  const requiredNames = names.filter((name) => field.fields[name]?.required);
  const properties = Object.fromEntries(
    Object.entries(field.fields)
      .sort(byName)
      .map(([name, member]) => [name, schemaOf(member, definitions)]),
  );
  return { properties: names.length > 0 ? properties : undefined, required: requiredNames.length > 0 ? requiredNames : undefined };
}

function scalarSchema(field: ScalarField, shared: Pick<Schema, 'description' | 'default'>): Schema {
  const { format, minimum, minLength, maxLength, pattern, values } = field;
  // The caller has dealt with the two kinds that are no JSON type.
  const type = field.kind as 'string' | 'boolean' | 'integer' | 'number';
  return compact({ ...shared, type, enum: values, format, minimum, minLength, maxLength, pattern });
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

function compact(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}
