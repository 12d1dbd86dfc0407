import type { Cluster } from './connection';
import { until } from './until';

/** Garbage collection takes a second or two. */
const TIMEOUT_MS = 10_000;
const OF_EVERY_NAMESPACE = ['configmap/kube-root-ca.crt', 'serviceaccount/default'];

/** What is still in the namespaces a while after everything was deleted, such as a Pod that nobody collects; one sentence each. Events may stay. */
export async function leftBehind(cluster: Cluster, namespaces: readonly string[], timeoutMs = TIMEOUT_MS): Promise<readonly string[]> {
  // Nobody else collects what belonged to the deleted objects.
  if (!cluster.connection.controllerManager) return [];
  const found = await Promise.all(
    namespaces.map(async (namespace) => {
      let left: readonly string[] = [];
      const isEmpty = async () => ((left = await contentsOf(cluster, namespace)).length === 0 ? true : undefined);
      // The names of what is left say more than the message of the timeout.
      await until(`nothing to be in ${namespace}`, isEmpty, timeoutMs).catch(() => undefined);
      return left.map((name) => `namespace ${namespace}: ${name} is left behind`);
    }),
  );
  return found.flat();
}

async function contentsOf(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const kinds = (await cluster.kubectl(['api-resources', '--namespaced', '--verbs=list', '--output=name'])).trim().split('\n');
  const lasting = kinds.filter((kind) => !kind.startsWith('events'));
  const names = (await cluster.kubectl(['get', lasting.join(','), '--namespace', namespace, '--output=name'])).split('\n');
  return names.filter((name) => name !== '' && !OF_EVERY_NAMESPACE.includes(name));
}
