import { accessManifests } from '../../../src/constructs/install/controller-access';
import type { Cluster } from '../connection';

/** A service account with the rights of an installed controller, and with nothing else. */
export interface Account {
  /** As the audit log has it. */
  readonly user: string;
  readonly token: string;
}

/** Makes a service account in the namespace and binds it to the Roles that the installation renders when it watches that namespace alone. */
export async function controllerAccount(cluster: Cluster, namespace: string, name: string): Promise<Account> {
  await cluster.object('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  // The installation has a namespace of its own; this account lives in the watched one, beside others that share its Roles.
  const manifests = accessManifests(true, [namespace])
    .filter(({ metadata }) => metadata.namespace === namespace)
    .map((manifest) =>
      'subjects' in manifest ? { ...manifest, metadata: { ...manifest.metadata, name: `${manifest.metadata.name}-${name}` }, subjects } : manifest,
    );
  await cluster.apply(manifests, { form: 'server' });
  return { user: `system:serviceaccount:${namespace}:${name}`, token: await tokenOf(cluster, namespace, name) };
}

/** A token of a service account, good for an hour. */
export async function tokenOf(cluster: Cluster, namespace: string, name: string): Promise<string> {
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const { status } = await cluster.object('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, request);
  // A TokenRequest is answered with the token in its status.
  return (status as { readonly token: string }).token;
}
