import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ALLOWED_LABEL_DOMAINS, TUNING_CONFIG_MAP, TUNING_FOLDER } from '../api/installation';
import type { Client } from '../runtime/client';
import type { KubeObject, Resource } from '../runtime/object';
import { labelDomains, OptionsError, tuned, type Tuning } from './options';

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export const CONFIG_MAPS: Resource<ConfigMap> = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };

/** The command line laid over the ConfigMap of the namespace, which is read once. `warn` is told of what has no effect. */
export async function readTuning(
  commandLine: ReadonlyMap<string, string>,
  { client, namespace, warn }: { readonly client: Client; readonly namespace: string | undefined; readonly warn: (message: string) => void },
): Promise<Tuning['given']> {
  if (namespace === undefined) return commandLine;
  const where = `ConfigMap ${namespace}/${TUNING_CONFIG_MAP}`;
  const found = await client.get(CONFIG_MAPS, { namespace, name: TUNING_CONFIG_MAP }, { purpose: 'configuration', traffic: 'background' });
  if (found.result === 'rejected' && found.status === 404) return commandLine;
  if (found.result === 'rejected' && found.status === 403) {
    warn(`${where} may not be read, so it tunes nothing: ${found.message}`);
    return commandLine;
  }
  if (found.result !== 'ok') throw new OptionsError(`${where} could not be read: ${found.result === 'rejected' ? found.message : found.cause}`);
  const { given, skipped } = tuned(commandLine, found.value.data ?? {});
  skipped.forEach((reason) => warn(`${where}: ${reason}; the key has no effect`));
  return given;
}

/** The label domains of the mounted file; those of the default when there is none. Any other trouble with the file throws. */
export async function readLabelDomains(folder: string = TUNING_FOLDER): Promise<readonly string[]> {
  const file = join(folder, ALLOWED_LABEL_DOMAINS);
  try {
    return labelDomains(await readFile(file, 'utf8'));
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return labelDomains(undefined);
    throw new OptionsError(`${file} could not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
