import { build, type BuildOptions, type Plugin } from 'esbuild';
import { buildOf } from './build-info';

/** A file in lib/ and where its program begins. */
interface Bundle {
  readonly entry: string;
  readonly file: string;
}

const CONTROLLER: Bundle = { entry: 'src/cli/controller.ts', file: 'controller.cjs' };
const TRACING: Bundle = { entry: 'src/tracing/otlp.ts', file: 'tracing.cjs' };
/** Bytes of a bundle; an image and a ConfigMap have to hold it. */
const LIMIT = 1_000_000;
/** Of Node.js, as undici asks for it. */
const OLDEST_NODE = 22;
/** The constructs go with an older Node.js than the controller: whoever has that one gets a sentence instead of a fault somewhere later. */
const VERSION_CHECK = `if (parseInt(process.versions.node) < ${OLDEST_NODE}) {
  process.stderr.write('agent-sandbox-controller: found Node.js ' + process.versions.node + ', needs ${OLDEST_NODE} or newer\\n');
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

/** What sends traces is loaded only where the flag is on. */
const APART: Plugin = {
  name: 'apart',
  setup(bundler) {
    bundler.onResolve({ filter: /\/tracing\/otlp$/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: `./${TRACING.file}`, external: true } : undefined));
  },
};

/** `npm run bundle`: the controller as one file that needs nothing but Node.js, and beside it the one that sends traces. */
async function main(): Promise<void> {
  const commit = JSON.stringify(buildOf(__dirname));
  await bundle(CONTROLLER, { banner: { js: VERSION_CHECK }, define: { BUILD: commit }, plugins: [LEAN, APART] });
  await bundle(TRACING, {});
}

async function bundle({ entry, file }: Bundle, options: Pick<BuildOptions, 'banner' | 'define' | 'plugins'>): Promise<void> {
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
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
