/** How a flag is declared: one row for the parser, --help, the docs and the constructs. */
export type Flag = BoolFlag | NumberFlag | DurationFlag | EnumFlag | TextFlag;

interface FlagCommon {
  /** Name without dashes. */
  readonly name: string;
  /** One sentence for --help and the docs. */
  readonly doc: string;
  /** Whether the ConfigMap `agent-sandbox-config` may set it (spec 07 §2). */
  readonly tunable: boolean;
}

/** A flag without a value, or with true or false. */
export interface BoolFlag extends FlagCommon {
  readonly type: 'bool';
  readonly default: boolean;
}

/** Limits of a number; of a duration in milliseconds. */
export interface Bounds {
  /** Smallest value. */
  readonly min?: number;
  /** The value must be greater than this. */
  readonly above?: number;
  /** Largest value. */
  readonly max?: number;
}

/** A number; a float must be finite. */
export interface NumberFlag extends FlagCommon, Bounds {
  readonly type: 'int' | 'float';
  readonly default: number;
}

/** A duration in the form of Go: `300ms`, `1h30m`, `0`. */
export interface DurationFlag extends FlagCommon, Bounds {
  readonly type: 'duration';
  readonly default: string;
}

/** One word of a closed set; the empty word is allowed where it is the default. */
export interface EnumFlag extends FlagCommon {
  readonly type: 'enum';
  readonly default: string;
  readonly values: readonly string[];
}

/** What a text, or an item of a list, looks like. */
export interface Form {
  readonly pattern: RegExp;
  /** What fits the pattern, in words. */
  readonly expected: string;
}

/** Text; a list is separated by commas and its form holds for each item. The empty text is allowed where it is the default. */
export interface TextFlag extends FlagCommon {
  readonly type: 'string' | 'list';
  readonly default: string;
  readonly form?: Form;
}

export const bool = (name: string, preset: boolean, doc: string): BoolFlag => ({ name, type: 'bool', default: preset, doc, tunable: false });
export const int = (name: string, preset: number, bounds: Bounds, doc: string): NumberFlag => ({
  name,
  type: 'int',
  default: preset,
  ...bounds,
  doc,
  tunable: false,
});
export const float = (name: string, preset: number, bounds: Bounds, doc: string): NumberFlag => ({
  ...int(name, preset, bounds, doc),
  type: 'float',
});
export const duration = (name: string, preset: string, bounds: Bounds, doc: string): DurationFlag => ({
  name,
  type: 'duration',
  default: preset,
  ...bounds,
  doc,
  tunable: false,
});
export const oneOf = (name: string, preset: string, values: readonly string[], doc: string): EnumFlag => ({
  name,
  type: 'enum',
  default: preset,
  values,
  doc,
  tunable: false,
});
export const text = (name: string, preset: string, form: Form | undefined, doc: string): TextFlag => ({
  name,
  type: 'string',
  default: preset,
  ...(form && { form }),
  doc,
  tunable: false,
});
export const list = (name: string, form: Form, doc: string): TextFlag => ({ ...text(name, '', form, doc), type: 'list' });

/** The same flag, which the ConfigMap may set too. */
export const tunable = <F extends Flag>(flag: F): F => ({ ...flag, tunable: true });

/** Name of a flag as a member of a struct: `kube-api-qps` is `kubeApiQps`. */
export const memberName = ({ name }: Flag): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
