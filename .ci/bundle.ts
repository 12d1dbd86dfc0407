import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { PACKAGE_VERSION } from '../src/api/version';
import type { BundleInfo } from '../src/image/program';
import { buildOf } from './build-info';
import { packagesOf, titleOf } from './bundled-packages';

/** A file in lib/ and where its program begins. */
interface Bundle {
  readonly entry: string;
  readonly file: string;
  /** Whether manifests can hold it, compressed. */
  readonly isInline: boolean;
}

const CONTROLLER: Bundle = { entry: 'src/cli/controller.ts', file: 'controller.cjs', isInline: true };
const TOOL: Bundle = { entry: 'src/cli/tool.ts', file: 'tool.cjs', isInline: false };
const TRACING: Bundle = { entry: 'src/tracing/otlp.ts', file: 'tracing.cjs', isInline: true };
/** Bytes of a bundle; an image and a ConfigMap have to hold it. */
const LIMIT = 1_000_000;
/** Of Node.js, as undici asks for it. */
const OLDEST_NODE = 22;
/** The constructs go with an older Node.js than these programs: whoever has that one gets a sentence instead of a fault somewhere later. */
const versionCheck = (program: string): string => `if (parseInt(process.versions.node) < ${OLDEST_NODE}) {
  process.stderr.write('${program}: found Node.js ' + process.versions.node + ', needs ${OLDEST_NODE} or newer\\n');
  process.exit(1);
}`;

/** Of packages that export far more than is used here, the files that are used: bundlers cannot see that, and each file costs memory and time at every start. */
const USED_FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  undici: { Pool: 'undici/lib/dispatcher/pool.js' },
  'prom-client': {
    Registry: 'prom-client/lib/registry.js',
    Counter: 'prom-client/lib/counter.js',
    Gauge: 'prom-client/lib/gauge.js',
    Histogram: 'prom-client/lib/histogram.js',
    collectDefaultMetrics: 'prom-client/lib/defaultMetrics.js',
  },
};

/** What packages load and never use here, by the package that asks for it, with the reason why it is never used. */
const UNUSED: readonly { readonly by: RegExp; readonly path: RegExp; readonly reason: string }[] = [
  { by: /client-node/, path: /\/gen\/index\.js$/, reason: 'only the types of the typed API are used, and types are gone here' },
  { by: /client-node/, path: /^(socks|socks-proxy-agent|hpagent)$/, reason: 'a cluster with a proxy-url is refused' },
  { by: /undici/, path: /\/client-h2\.js$/, reason: 'allowH2 is false' },
  { by: /undici/, path: /\/web\//, reason: 'bodies are texts' },
  { by: /prom-client/, path: /^@opentelemetry\/api$/, reason: 'exemplars are off' },
];

/** Keeps to the files that are used. */
const LEAN: Plugin = {
  name: 'lean',
  setup(bundler) {
    bundler.onResolve({ filter: /^(undici|prom-client)$/ }, ({ path, resolveDir }) => ({ path, namespace: 'lean', pluginData: resolveDir }));
    bundler.onLoad({ filter: /./, namespace: 'lean' }, ({ path, pluginData }) => ({
      contents: Object.entries(USED_FILES[path] ?? {})
        .map(([name, file]) => `exports.${name} = require('${file}');`)
        .join('\n'),
      // What this plugin itself has put there.
      resolveDir: pluginData as string,
    }));
    bundler.onResolve({ filter: /./ }, ({ path, importer }) => {
      const unused = UNUSED.find((one) => one.by.test(importer) && one.path.test(path));
      return unused && { path: `${path}: ${unused.reason}`, namespace: 'unused' };
    });
    bundler.onLoad({ filter: /./, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** undici carries two parsers of HTTP, each twice as WebAssembly; with this name defined it leaves the experimental one out, as Node.js itself does. */
const WITHOUT_MILO = { esbuildDetection: 'true' };

/** What sends traces is loaded only where the flag is on. */
const APART: Plugin = {
  name: 'apart',
  setup(bundler) {
    bundler.onResolve({ filter: /\/tracing\/otlp$/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: `./${TRACING.file}`, external: true } : undefined));
  },
};

/** What decides about the bytes of the controller, and so about the commit that it names. */
const SOURCES = ['src', ':(exclude)src/constructs', ':(exclude)src/index.ts', ':(exclude)src/cli/tool*', '.ci/bundle.ts', 'package-lock.json'];

/** Writes lib/controller.cjs.map too, from which a profile learns what is whose. The bundle has the same bytes. */
const WITH_SOURCE_MAP = '--source-map';

/**
 * `npm run bundle`: the controller and the tool, each as one file that needs nothing but Node.js, the one that sends traces, and what an
 * image says of them.
 */
async function main(): Promise<void> {
  const commit = buildOf(join(__dirname, '..'), SOURCES);
  const define = { ...WITHOUT_MILO, BUILD: JSON.stringify(commit) };
  const banner = { js: versionCheck('agent-sandbox-controller') };
  const controller = await bundle(CONTROLLER, {
    banner,
    define,
    plugins: [LEAN, APART],
    ...(process.argv.includes(WITH_SOURCE_MAP) && { sourcemap: 'external' }),
  });
  await bundle(TOOL, { banner: { js: versionCheck('cdk8s-agent-sandbox') }, define: WITHOUT_MILO, plugins: [LEAN] });
  const packages = packagesOf([controller, await bundle(TRACING, {})]);
  const info: BundleInfo = { version: PACKAGE_VERSION, ...commit, packages: packages.map(({ name, version, license }) => ({ name, version, license })) };
  writeFileSync('lib/bundle.json', `${JSON.stringify(info, null, 2)}\n`);
  writeFileSync('lib/licenses.txt', packages.map((one) => `=== ${titleOf(one)} (${one.license})\n\n${one.text.trim()}\n`).join('\n'));
}

async function bundle({ entry, file, isInline }: Bundle, options: Pick<BuildOptions, 'banner' | 'define' | 'plugins' | 'sourcemap'>): Promise<Metafile> {
  const outfile = `lib/${file}`;
  const { metafile } = await build({
    ...{ entryPoints: [entry], outfile, bundle: true, platform: 'node', target: `node${OLDEST_NODE}`, format: 'cjs', minify: true, metafile: true },
    // Rules are known by their names: they stand in the log and in the metrics.
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
  });
  const bytes = metafile.outputs[outfile]?.bytes ?? 0;
  console.log(`${outfile}: ${bytes} bytes`);
  // One character that is none keeps Node.js from storing the whole text with one byte for each.
  if (/[^\0-\x7f]/.test(readFileSync(outfile, 'utf8'))) throw new Error(`${outfile} is not ASCII: write such characters of regular expressions as \\u…`);
  if (bytes > LIMIT) throw new Error(`${outfile} has ${bytes} bytes, more than ${LIMIT}; see what came in with: npx esbuild --analyze`);
  // Here and not in the constructs, because Brotli gives other bytes in another Node.js.
  if (isInline) writeFileSync(`${outfile}.br`, compress(readFileSync(outfile)));
  return metafile;
}

const compress = (program: Buffer): Buffer =>
  brotliCompressSync(program, {
    params: { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS, [constants.BROTLI_PARAM_SIZE_HINT]: program.byteLength },
  });

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
