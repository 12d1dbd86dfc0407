import { HostAccess, type AgentSandboxPolicyOptions } from '../../../src';
import { breaches } from '../../../src/constructs/policies/policies';
import type { RenderedObject } from '../../../src/constructs/policies/rendered-object';

/** Options that check nothing; each test switches on what it is about. */
const NOTHING: AgentSandboxPolicyOptions = { requiredLimits: [], allowedHostAccess: Object.values(HostAccess), uniqueObjects: false };

export const EXTENSIONS = 'extensions.agents.x-k8s.io/v1beta1';
export const object = (apiVersion: string, kind: string, name: string, spec: object, metadata: object = {}): RenderedObject => ({
  manifest: JSON.parse(JSON.stringify({ apiVersion, kind, metadata: { name, namespace: 'team-a', ...metadata }, spec })) as RenderedObject['manifest'],
  source: 'agents.k8s.yaml',
});
export const sandbox = (spec: object, metadata?: object, name = 'alice'): RenderedObject => object('agents.x-k8s.io/v1beta1', 'Sandbox', name, spec, metadata);

/** What is said about objects: `policy path: found …, expected …`. */
export const findings = (objects: RenderedObject[], options: AgentSandboxPolicyOptions, baseline?: RenderedObject[]): string[] =>
  breaches({ objects, baseline }, { ...NOTHING, ...options }).flatMap(({ policy, findings: found }) =>
    found.map(({ path, found: what, expected }) => `${policy.name} ${path}: found ${what}, expected ${expected}`),
  );
