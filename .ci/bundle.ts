import { build, type Plugin } from 'esbuild';
import { buildOf } from './build-info';

const ENTRY = 'src/cli/controller.ts';
const BUNDLE = 'lib/controller.cjs';
/** Bytes of the bundle; an image and a ConfigMap have to hold it. */
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

/** `npm run bundle`: the controller as one file that needs nothing but Node.js. */
async function main(): Promise<void> {
  const { metafile } = await build({
    ...{ entryPoints: [ENTRY], outfile: BUNDLE, bundle: true, platform: 'node', target: `node${OLDEST_NODE}`, format: 'cjs', minify: true, metafile: true },
    // Rules are known by their names: they stand in the log and in the metrics.
    keepNames: true,
    legalComments: 'none',
    banner: { js: VERSION_CHECK },
    define: { BUILD: JSON.stringify(buildOf(__dirname)) },
    plugins: [LEAN],
    logLevel: 'warning',
  });
  const bytes = metafile.outputs[BUNDLE]?.bytes ?? 0;
  console.log(`${BUNDLE}: ${bytes} bytes`);
  if (bytes > LIMIT) throw new Error(`${BUNDLE} has ${bytes} bytes, more than ${LIMIT}; see what came in with: npx esbuild --analyze`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
