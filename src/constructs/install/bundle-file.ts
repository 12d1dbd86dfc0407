import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** lib/ of this package, seen from the sources as from what is compiled. */
const FOLDER = join(__dirname, '..', '..', '..', 'lib');

/** A program of this package as one file, compressed: `npm run bundle` does that once, because Brotli gives other bytes in another Node.js. */
export function readBundle(file: string, folder: string = FOLDER): Buffer {
  const path = join(folder, `${file}.br`);
  try {
    return readFileSync(path);
  } catch (error) {
    // What readFileSync throws is an Error.
    throw new Error(`${path}: cannot be read (${(error as Error).message}); in a checkout, run npm run bundle`);
  }
}
