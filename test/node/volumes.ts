import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { DATA, GVISOR, NODE_NAME } from './layout';

/** More than all tests of a run take: a volume that was used is not used again. */
const VOLUMES = 60;
const STORAGE_CLASS = 'local';

/** The objects that an administrator gives a cluster with this node: volumes, the class that everyone gets them from, and gVisor. */
export function nodeObjects(): readonly object[] {
  return [
    { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: GVISOR.runtimeClass }, handler: GVISOR.handler },
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: STORAGE_CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    },
    ...Array.from({ length: VOLUMES }, (_, index) => volume(`local-${index}`)),
  ];
}

/** A folder of this machine. In contrast to a hostPath it honours fsGroup, so that others than root can write. */
function volume(name: string): object {
  const path = join(DATA, 'volumes', name);
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o770);
  const onThisNode = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [NODE_NAME] }] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: STORAGE_CLASS,
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [onThisNode] } },
    },
  };
}
