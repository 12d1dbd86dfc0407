import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';

/** What a room of src/ may import. A new row, or a new package in a row, is a decision to be reviewed. */
interface Room {
  /** The rooms behind its doors. Its own files need no door. */
  readonly rooms: readonly string[];
  /** The npm packages that it may load. */
  readonly packages: readonly string[];
  /** Whether it may use the modules of Node.js: true, or only in these files. */
  readonly node: boolean | readonly string[];
}

/** The table of doors. `index` is src/index.ts, the public face. */
export const DOORS: Readonly<Record<string, Room>> = {
  api: { rooms: [], packages: [], node: ['src/api/crds.ts', 'src/api/published-image.ts'] },
  runtime: { rooms: ['api'], packages: ['@kubernetes/client-node', 'prom-client', 'undici'], node: true },
  // An App writes files, a baseline is a folder of them, and an inline program is one: that is their job.
  constructs: {
    rooms: ['api'],
    packages: ['cdk8s', 'cdk8s-plus-28', 'constructs'],
    node: [
      'src/constructs/app.ts',
      'src/constructs/install/bundle-file.ts',
      'src/constructs/install/inline-bundle.ts',
      'src/constructs/policies/baseline-folder.ts',
    ],
  },
  controllers: { rooms: ['api', 'runtime'], packages: [], node: true },
  tracing: {
    rooms: ['runtime'],
    packages: ['@opentelemetry/api', '@opentelemetry/core', '@opentelemetry/exporter-trace-otlp-grpc', '@opentelemetry/resources', '@opentelemetry/sdk-trace'],
    node: false,
  },
  image: { rooms: ['api'], packages: ['fflate', 'tar-stream', 'xz-decompress'], node: true },
  router: { rooms: ['api', 'runtime'], packages: ['undici'], node: true },
  sdk: { rooms: ['api', 'runtime'], packages: ['undici'], node: true },
  cli: { rooms: ['api', 'runtime', 'constructs', 'controllers', 'tracing', 'image', 'router', 'sdk'], packages: [], node: true },
  index: { rooms: ['api', 'constructs'], packages: [], node: false },
};

/** Of the kernel the SDK may use only the client. */
const SDK_RUNTIME = /^src\/runtime\/client([-/.]|$)/;
/** The core kind stands alone: it can be installed without the extensions. */
const CORE_CONTROLLER = 'src/controllers/sandbox/';
const OF_CORE_CONTROLLER = /^src\/controllers\/(sandbox|shared)(\/|$)/;

/** Says of each import of a file which door it walks past. Empty when it keeps to the table. */
export function trespasses(file: string, text: string): readonly string[] {
  const name = roomOf(file);
  const room = DOORS[name];
  if (room === undefined) return [`${file}: src/${name} is no room in the table of doors (test/doors.ts)`];
  return importsOf(text).flatMap((specifier) => {
    const wrong = specifier.startsWith('.') ? wrongFile(name, room, file, specifier) : wrongModule(name, room, file, specifier);
    return wrong === undefined ? [] : [`${file} imports '${specifier}': ${wrong}`];
  });
}

/** Every module that a text names: import, export from, import type, require and import(). */
function importsOf(text: string): readonly string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((reference) => reference.fileName);
}

function roomOf(file: string): string {
  const [, second = '', ...rest] = file.split('/');
  return rest.length > 0 ? second : second.replace(/\.ts$/, '');
}

function wrongFile(name: string, room: Room, file: string, specifier: string): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  if (!target.startsWith('src/')) return 'src/ imports nothing outside of src/';
  const other = roomOf(target);
  if (other !== name && !room.rooms.includes(other)) return `${name} has no door to ${other}`;
  if (name === 'sdk' && other === 'runtime' && !SDK_RUNTIME.test(target)) return 'of runtime sdk may use only the client';
  if (file.startsWith(CORE_CONTROLLER) && other === 'controllers' && !OF_CORE_CONTROLLER.test(target)) return 'the core controller knows no other controller';
  return undefined;
}

function wrongModule(name: string, room: Room, file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
    const allowed = room.node === true || (Array.isArray(room.node) && room.node.includes(file));
    return allowed ? undefined : `${name} uses no module of Node.js here`;
  }
  const [first = '', second = ''] = specifier.split('/');
  const packageName = specifier.startsWith('@') ? `${first}/${second}` : first;
  return room.packages.includes(packageName) ? undefined : `${name} may not load the package ${packageName}`;
}
