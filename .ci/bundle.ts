import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { buildOf } from './build-info';

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

/** undici and the Kubernetes client export far more than a kubeconfig and a pool of sockets need, and bundlers cannot see that. */
const LEAN: Plugin = {
  name: 'lean',
  setup(bundler) {
    bundler.onResolve({ filter: /^undici$/ }, ({ resolveDir }) => ({ path: 'undici', namespace: 'lean', pluginData: resolveDir }));
    bundler.onResolve({ filter: /\/gen\/index\.js$/ }, ({ importer }) =>
      importer.includes('@kubernetes/client-node') ? { path: 'kubernetes-types', namespace: 'lean' } : undefined,
    );
    bundler.onLoad({ filter: /^undici$/, namespace: 'lean' }, ({ pluginData }) => ({
      contents: ['pool', 'agent', 'proxy-agent'].map((file) => `exports.${classOf(file)} = require('undici/lib/dispatcher/${file}.js');`).join('\n'),
      // What this plugin itself has put there.
      resolveDir: pluginData as string,
    }));
    // Only the types of the typed API are used, and types are gone here.
    bundler.onLoad({ filter: /^kubernetes-types$/, namespace: 'lean' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const classOf = (file: string): string => file.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());

/** undici carries two parsers of HTTP, each twice as WebAssembly; with this name defined it leaves the experimental one out, as Node.js itself does. */
const WITHOUT_MILO = { esbuildDetection: 'true' };

/** What sends traces is loaded only where the flag is on. */
const APART: Plugin = {
  name: 'apart',
  setup(bundler) {
    bundler.onResolve({ filter: /\/tracing\/otlp$/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: `./${TRACING.file}`, external: true } : undefined));
  },
};

/** `npm run bundle`: the controller and the tool, each as one file that needs nothing but Node.js, and the one that sends traces. */
async function main(): Promise<void> {
  const commit = JSON.stringify(buildOf(__dirname));
  await bundle(CONTROLLER, { banner: { js: versionCheck('agent-sandbox-controller') }, define: { ...WITHOUT_MILO, BUILD: commit }, plugins: [LEAN, APART] });
  await bundle(TOOL, { banner: { js: versionCheck('cdk8s-agent-sandbox') }, define: WITHOUT_MILO, plugins: [LEAN] });
  await bundle(TRACING, {});
}

async function bundle({ entry, file, isInline }: Bundle, options: Pick<BuildOptions, 'banner' | 'define' | 'plugins'>): Promise<void> {
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
  if (bytes > LIMIT) throw new Error(`${outfile} has ${bytes} bytes, more than ${LIMIT}; see what came in with: npx esbuild --analyze`);
  // Here and not in the constructs, because Brotli gives other bytes in another Node.js.
  if (isInline) writeFileSync(`${outfile}.br`, compress(readFileSync(outfile)));
}

const compress = (program: Buffer): Buffer =>
  brotliCompressSync(program, {
    params: { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS, [constants.BROTLI_PARAM_SIZE_HINT]: program.byteLength },
  });

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
