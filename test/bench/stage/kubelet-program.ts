/** A process of its own that plays scheduler and kubelet; it ends with its parent. Arguments: the connection's file, the namespace. */
import { readFileSync } from 'node:fs';
import { HttpTransport } from '../../../src/runtime/http-transport';
import { findConnection } from '../../../src/runtime/kube-config';
import { Cluster, type Connection } from '../../cluster/connection';
import { Kubelet } from '../../cluster/controllers/kubelet';

async function main([file = '', namespace = '']: readonly string[]): Promise<void> {
  // Written by writeConnection.
  const cluster = new Cluster(JSON.parse(readFileSync(file, 'utf8')) as Connection).as('kubelet');
  const connection = await findConnection({ kubeconfig: cluster.connection.kubeconfig, environment: {} });
  await Kubelet.start(cluster, new HttpTransport(connection, { version: 'kubelet' }), namespace);
  process.send?.('ready');
}

process.on('disconnect', () => process.exit(0));
main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
