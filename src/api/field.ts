/**
 * How a field of the API is declared. One declaration per field: the CRD schema (`schemaOf`), the TypeScript
 * types, the defaults, the strict renderer and the documentation all come from it.
 */
export type Field = ObjectField | ListField | MapField | ScalarField | EmbeddedField;

interface FieldBase {
  /** One sentence for the CRD description and the TypeScript docs. */
  readonly doc?: string;
  readonly required?: boolean;
  readonly default?: string | number | boolean;
}

/** An object with known members. */
export interface ObjectField extends FieldBase {
  readonly kind: 'object';
  /** Name of the TypeScript struct. */
  readonly struct: string;
  readonly fields: Readonly<Record<string, Field>>;
  readonly mapType?: 'atomic';
  readonly rules?: ReadonlyArray<{ readonly rule: string; readonly message: string }>;
}

/** A list. */
export interface ListField extends FieldBase {
  readonly kind: 'list';
  readonly items: Field;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
}

/** A map of string to something. */
export interface MapField extends FieldBase {
  readonly kind: 'map';
  readonly values: Field;
  readonly mapType?: 'atomic';
}

/** A single value. */
export interface ScalarField extends FieldBase {
  readonly kind: 'string' | 'boolean' | 'integer' | 'number' | 'intOrString' | 'quantity';
  readonly format?: string;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** Name of the TypeScript enum of `values`. */
  readonly enum?: string;
  readonly values?: readonly string[];
}

/** A type of core Kubernetes that stands inside ours, taken from the API server's own OpenAPI. */
export interface EmbeddedField extends FieldBase {
  readonly kind: 'embedded';
  /** Name of the OpenAPI definition, for example `io.k8s.api.core.v1.PodSpec`. */
  readonly definition: string;
}

type Extra<F extends Field> = Omit<Partial<F>, 'kind'>;

export const object = (struct: string, fields: Readonly<Record<string, Field>>, extra: Extra<ObjectField> = {}): ObjectField => ({
  kind: 'object',
  struct,
  fields,
  ...extra,
});
export const list = (items: Field, extra: Extra<ListField> = {}): ListField => ({ kind: 'list', items, ...extra });
export const atomicList = (items: Field, extra: Extra<ListField> = {}): ListField => list(items, { listType: 'atomic', ...extra });
export const mapOf = (values: Field, extra: Extra<MapField> = {}): MapField => ({ kind: 'map', values, ...extra });
export const string = (extra: Extra<ScalarField> = {}): ScalarField => ({ kind: 'string', ...extra });
export const boolean = (extra: Extra<ScalarField> = {}): ScalarField => ({ kind: 'boolean', ...extra });
export const int32 = (extra: Extra<ScalarField> = {}): ScalarField => ({ kind: 'integer', format: 'int32', ...extra });
export const int64 = (extra: Extra<ScalarField> = {}): ScalarField => ({ kind: 'integer', format: 'int64', ...extra });
export const dateTime = (extra: Extra<ScalarField> = {}): ScalarField => ({ kind: 'string', format: 'date-time', ...extra });
export const oneOf = (name: string, values: readonly string[], extra: Extra<ScalarField> = {}): ScalarField => ({
  kind: 'string',
  enum: name,
  values,
  ...extra,
});
export const embedded = (definition: string, extra: Extra<EmbeddedField> = {}): EmbeddedField => ({ kind: 'embedded', definition, ...extra });

/** The same field, required. */
export const required = <F extends Field>(field: F): F => ({ ...field, required: true });
