import { Yaml } from 'cdk8s';

/**
 * Strings that stand unquoted in YAML 1.1 whatever surrounds them, as far as the first character and the ones inside decide:
 * a letter, underscore or slash first (after at most two dashes), then printable ASCII in which no colon ends a word and no `#` begins one.
 * Everything else is left to cdk8s, so this pattern may be too narrow, never too wide.
 */
const PLAIN = /^(?:[A-Za-z_/]|--?[A-Za-z])(?:[!-9;-~]|:(?=[!-~])| (?=[!"$-~]))*$/;
/** Words that PLAIN lets through although YAML 1.1 reads them as booleans, null or numbers (`e5`, `-E10`). */
const NOT_A_STRING = /^(?:y|yes|true|on|n|no|false|off|null|-?e[-+]?[0-9]+)$/i;
/** Longest word among them that is no number; numbers are caught by their first letter. */
const LONGEST_WORD = 5;
/** A longer key is written in the `? key` form, which is left to cdk8s. */
const LONGEST_KEY = 1024;
/** Rendered strings are remembered up to this many per depth, so that a huge app does not hold each of its strings twice. */
const REMEMBERED = 10_000;

const SEPARATOR = Buffer.from('---\n');

/** Thrown inside the emitter for a document that only cdk8s's own writer renders the way cdk8s does. */
class Foreign extends Error {}
const FOREIGN = new Foreign('not a tree of plain JSON values');

/** Writes documents as UTF-8 exactly as cdk8s's `Yaml.stringify(...documents)` does, byte for byte, several times faster for trees of JSON values. */
export class YamlWriter {
  private readonly keys: Map<string, string>[] = [];
  private readonly values: Map<string, string>[] = [];
  private readonly indents: string[] = [];
  /** Objects met in the current document: a second meeting becomes an anchor and an alias, which is cdk8s's own business. */
  private met = new Set<object>();

  public write(documents: Iterable<unknown>): Buffer {
    const parts: Buffer[] = [];
    for (const document of documents) {
      if (parts.length > 0) parts.push(SEPARATOR);
      // Encoded one by one: until then a text is a tree of small pieces, and those of a large app would fill the memory.
      parts.push(Buffer.from(this.document(document)));
    }
    return Buffer.concat(parts);
  }

  private document(document: unknown): string {
    if (typeof document !== 'object' || document === null) return Yaml.stringify(document);
    this.met = new Set();
    try {
      return `${this.collection(document, 0)}\n`;
    } catch (error) {
      if (error === FOREIGN) return Yaml.stringify(document);
      throw error;
    }
  }

  /** Text of a map or list whose lines after the first are indented by `depth` steps. */
  private collection(value: object, depth: number): string {
    if (this.met.has(value)) throw FOREIGN;
    this.met.add(value);
    if (Array.isArray(value)) return this.list(value, depth);
    if (Object.getPrototypeOf(value) !== Object.prototype) throw FOREIGN;
    return this.map(value, depth);
  }

  private list(items: readonly unknown[], depth: number): string {
    if (items.length === 0) return '[]';
    const next = `\n${this.indent(depth)}- `;
    let text = '';
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      const rendered = typeof item === 'object' && item !== null ? this.collection(item, depth + 1) : this.scalar(item, depth + 1);
      text += i === 0 ? `- ${rendered}` : next + rendered;
    }
    return text;
  }

  private map(value: object, depth: number): string {
    const next = `\n${this.indent(depth)}`;
    let text = '';
    // The cast: Object.entries would make an array per pair; the keys come from the same object.
    const fields = value as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(fields)) {
      if (text !== '') text += next;
      text += this.key(key, depth);
      const field = fields[key];
      if (typeof field !== 'object' || field === null) text += `: ${this.scalar(field, depth + 1)}`;
      else text += this.field(field, depth + 1);
    }
    return text === '' ? '{}' : text;
  }

  private field(value: object, depth: number): string {
    const text = this.collection(value, depth);
    return text === '[]' || text === '{}' ? `: ${text}` : `:\n${this.indent(depth)}${text}`;
  }

  private scalar(value: unknown, depth: number): string {
    if (typeof value === 'string') return isPlain(value) ? value : this.string(value, depth);
    if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? `${value}` : Yaml.stringify(value).slice(0, -1);
    if (typeof value === 'boolean') return value ? 'true' : 'false';
    if (value === null || value === undefined) return 'null';
    throw FOREIGN;
  }

  private string(value: string, depth: number): string {
    return remembered(this.values, depth, value, () => written({ k: value }, depth - 1).slice('k: '.length));
  }

  private key(key: string, depth: number): string {
    return remembered(this.keys, depth, key, () => {
      if (key.length < LONGEST_KEY && isPlain(key)) return key;
      const text = written({ [key]: true }, depth);
      if (text.length > LONGEST_KEY || text.startsWith('? ')) throw FOREIGN;
      return text.slice(0, -': true'.length);
    });
  }

  private indent(depth: number): string {
    return (this.indents[depth] ??= '  '.repeat(depth));
  }
}

function isPlain(value: string): boolean {
  if (!PLAIN.test(value)) return false;
  const mayBeNumber = /^-?[eE]/.test(value);
  return (value.length > LONGEST_WORD && !mayBeNumber) || !NOT_A_STRING.test(value);
}

/** What cdk8s writes for `map` inside `depth` maps of one key each, without the wrapping: `k:`, `  k:`, ... and the indentation of the map itself. */
function written(map: object, depth: number): string {
  let wrapped = map;
  for (let i = 0; i < depth; i++) wrapped = { k: wrapped };
  return Yaml.stringify(wrapped).slice(depth * (depth + 2) + 2 * depth, -1);
}

function remembered(memory: Map<string, string>[], depth: number, text: string, render: () => string): string {
  const known = (memory[depth] ??= new Map<string, string>());
  const found = known.get(text);
  if (found !== undefined) return found;
  const rendered = render();
  if (known.size >= REMEMBERED) known.clear();
  known.set(text, rendered);
  return rendered;
}
