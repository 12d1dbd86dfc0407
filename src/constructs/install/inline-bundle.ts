import { createHash } from 'node:crypto';
import { CONTROLLER_NAME, SYSTEM_NAMESPACE } from '../../api/installation';
import type { Manifest } from './manifest';

/** Where the program is mounted. */
export const BUNDLE_FOLDER = '/app';

/**
 * Bytes of a bundle in one ConfigMap. As base64 they take 240,000 of the 262,144 that annotations may have: `kubectl apply` without
 * `--server-side`, and Argo CD without `ServerSideApply`, write the whole object into one. A ConfigMap itself may hold 1 MiB.
 */
const PART_BYTES = 180_000;

/** Runs the program whose compressed parts lie beside this file. The text is mounted as a file, once under the name of each program. */
const LOADER = `// Runs the program whose compressed parts lie beside this file.
const { existsSync, readFileSync } = require('node:fs');
const { brotliDecompressSync } = require('node:zlib');
const parts = [];
for (let file; existsSync((file = __filename + '.' + (parts.length + 1))); ) parts.push(readFileSync(file));
module._compile(brotliDecompressSync(Buffer.concat(parts)).toString(), __filename);
`;

/** Immutable ConfigMaps that hold a compressed bundle. Their names follow their content, so that another bundle is another Pod template. */
export function bundleConfigMaps(file: string, bundle: Buffer): Manifest[] {
  return Array.from({ length: Math.ceil(bundle.byteLength / PART_BYTES) }, (_, index) => {
    const part = bundle.subarray(index * PART_BYTES, (index + 1) * PART_BYTES).toString('base64');
    const content = { ...(index === 0 && { data: { [file]: LOADER } }), binaryData: { [`${file}.${index + 1}`]: part } };
    const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 10);
    const name = `${CONTROLLER_NAME}-${file.replace(/\W/g, '-')}-${index + 1}-${hash}`;
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: SYSTEM_NAMESPACE }, immutable: true, ...content };
  });
}
