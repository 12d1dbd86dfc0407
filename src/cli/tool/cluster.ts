import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_VERSION } from '../../api/version';
import type { Connection } from '../../runtime/connection';
import { HttpTransport } from '../../runtime/http-transport';
import { findConnection } from '../../runtime/kube-config';
import { PROGRAM } from './help';
import type { Given, Option, Surroundings } from './subcommand';

/** The options by which every command finds its cluster. */
export const CLUSTER_OPTIONS: readonly Option[] = [
  { name: 'kubeconfig', value: 'file', doc: 'Kubeconfig; else KUBECONFIG, else ~/.kube/config, else the service account of the Pod.' },
  { name: 'context', value: 'name', doc: 'Context of the kubeconfig; else its current one.' },
];

/** A cluster and how to reach it. */
export interface Cluster {
  readonly connection: Connection;
  readonly transport: HttpTransport;
}

/** Finds the cluster as kubectl does. Throws a ConnectionError. */
export async function connect(given: Given, { environment, home }: Surroundings): Promise<Cluster> {
  const kubeconfig = given.find('kubeconfig') ?? homeConfig(environment, home);
  const context = given.find('context');
  const connection = await findConnection({ environment, ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) });
  return { connection, transport: new HttpTransport(connection, { program: PROGRAM, version: PACKAGE_VERSION }) };
}

/** ~/.kube/config, where nothing else says which cluster is meant. */
function homeConfig({ KUBECONFIG }: Surroundings['environment'], home: string): string | undefined {
  const file = join(home, '.kube', 'config');
  return !KUBECONFIG && existsSync(file) ? file : undefined;
}
