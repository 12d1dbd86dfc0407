import type { Finding } from './finding';
import type { Reader } from './reader';
import { judgeServerVersion, type ServerVersion } from './server-version';

/** One question to the cluster. */
export interface Check {
  readonly name: string;
  /** Throws an UnreadableError where the server does not answer. */
  look(reader: Reader): Promise<readonly Finding[]>;
}

/** All that is looked at, in the order of the report. */
export const CHECKS: readonly Check[] = [
  { name: 'server version', look: async (reader) => [judgeServerVersion(await reader.read<ServerVersion>('/version'))] },
];
