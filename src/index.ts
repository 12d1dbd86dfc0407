export * as k8s from './api/k8s.generated';
export * from './api/types.generated';
export * from './constructs/expiry';
export { Isolation, RuntimeClassOptions } from './constructs/isolation';
export * from './constructs/kube';
export * from './constructs/network-access';
