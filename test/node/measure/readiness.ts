import { request } from 'node:https';
import { createInterface } from 'node:readline';

import { cluster, type KubeObject } from '../../cluster/connection';
import { isReady } from '../pods';

const TIMEOUT_MS = 120_000;

/** A list of the API and one object to be created in it. */
export interface Creation {
  /** Path of the list. */
  readonly path: string;
  readonly object: object;
  readonly name: string;
}

/** Creates an object; resolves to the milliseconds from the request until a watch has told that it is Ready. */
export async function msUntilReady({ path, object, name }: Creation): Promise<number> {
  const watch = openWatch(`${path}?watch=1&fieldSelector=metadata.name%3D${name}`);
  try {
    await watch.opened;
    const startMs = performance.now();
    const [readyMs] = await Promise.all([watch.ready, cluster().object('POST', path, object)]);
    return readyMs - startMs;
  } finally {
    watch.close();
  }
}

interface Watch {
  readonly opened: Promise<void>;
  /** When the object was Ready, by the clock of performance.now(). */
  readonly ready: Promise<number>;
  close(): void;
}

function openWatch(path: string): Watch {
  const { url, ca, token } = cluster().connection;
  const sent = request(`${url}${path}`, { ca, headers: { authorization: `Bearer ${token}` }, timeout: TIMEOUT_MS });
  const response = new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`${path}: nothing for ${TIMEOUT_MS} ms`)));
    sent.end();
  });
  const ready = response.then(
    (stream) =>
      new Promise<number>((resolve, reject) => {
        const lines = createInterface({ input: stream });
        lines.on('line', (line) => {
          // Each line of a watch is an event with its object.
          if (isReady((JSON.parse(line) as { readonly object: KubeObject }).object)) resolve(performance.now());
        });
        // Closing the watch ends in one as well.
        lines.on('error', reject);
        lines.on('close', () => reject(new Error(`${path}: the watch ended before the object was Ready`)));
      }),
  );
  // Whoever closes the watch early waits for it no more.
  ready.catch(() => undefined);
  return { opened: response.then(() => undefined), ready, close: () => void sent.destroy() };
}
