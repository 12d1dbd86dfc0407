export * as k8s from './api/k8s.generated';
export * from './api/types.generated';
export * from './constructs/kube';
