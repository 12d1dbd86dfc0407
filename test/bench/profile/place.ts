import { originalPositionFor, sourceContentFor, TraceMap } from '@jridgewell/trace-mapping';

/** What V8 says of a function; lines and columns are counted from 0. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export type Owner = keyof typeof OWNERS;

/** Whose a function is, and where it stands. */
export interface Place {
  readonly owner: Owner;
  /** A file of the kernel, a room of the controllers, a package, a module of Node.js. */
  readonly room: string;
  readonly name: string;
  /** File and line, where there are any. */
  readonly at?: string;
}

/** As tables name them. */
export const OWNERS = {
  ours: 'code of this project',
  package: 'npm packages',
  node: 'JavaScript of Node.js',
  native: 'native functions of Node.js and V8',
  v8: 'V8',
} as const;

const NODE_MODULE = /^node:(?:internal\/)?_?([^/]+)/;
const PACKAGE = /^(@[^/]+\/)?[^/]+/;
const IN_PACKAGE = /^.*\/node_modules\//;
/** Of Node.js; with TLS they encrypt, too. */
const TO_SOCKETS = /^write(v|Buffer|\w+String)$/;
const OURS = /^(?:\.\.\/)+(src\/.*)$/;

/** Says of functions of the bundle, and of what it calls, where they stand. */
export class Atlas {
  private readonly map: TraceMap;

  public constructor(
    sourceMap: string,
    /** How the URL of the bundle ends. */
    private readonly bundle: string,
  ) {
    this.map = new TraceMap(sourceMap);
  }

  public placeOf({ functionName, url, lineNumber, columnNumber }: CallFrame): Place {
    const name = functionName === '' ? '(anonymous)' : functionName;
    if (url.endsWith(this.bundle)) return this.inBundle(name, { line: lineNumber + 1, column: columnNumber });
    if (url.startsWith('wasm:')) return { owner: 'package', room: 'undici (WebAssembly)', name };
    const [, module] = NODE_MODULE.exec(url) ?? [];
    if (module !== undefined) return { owner: 'node', room: `Node.js: ${module}`, name, at: `${url}:${lineNumber + 1}` };
    if (functionName.startsWith('(')) return { owner: 'v8', room: `V8: ${name.slice(1, -1)}`, name };
    return { owner: 'native', room: TO_SOCKETS.test(name) ? 'native functions that write to sockets' : 'other native functions', name };
  }

  private inBundle(functionName: string, at: { readonly line: number; readonly column: number }): Place {
    const { source, line, name: known } = originalPositionFor(this.map, at);
    if (source === null) return { owner: 'package', room: 'esbuild (keeps names)', name: functionName };
    // V8 calls a constructor by its class, and the map does not know it.
    const text = sourceContentFor(this.map, source)?.split('\n')[line - 1];
    const name = known ?? (text?.includes('constructor(') === true ? 'constructor' : functionName);
    const [, own] = OURS.exec(source) ?? [];
    if (own !== undefined) return { owner: 'ours', room: roomOf(own), name, at: `${own}:${line}` };
    const file = source.replace(IN_PACKAGE, '');
    return { owner: 'package', room: PACKAGE.exec(file)?.[0] ?? file, name, at: `${file}:${line}` };
  }
}

/** The kernel is a flat folder whose files are its rooms. */
function roomOf(file: string): string {
  const [src, house, second = ''] = file.split('/');
  if (house === 'runtime') return file;
  return house === 'controllers' && !second.endsWith('.ts') ? `${src}/${house}/${second}` : `${src}/${house}`;
}
