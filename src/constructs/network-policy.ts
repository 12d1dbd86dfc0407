import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { specSchema } from '../api/crds';
import { LABELS } from '../api/keys';
import { SANDBOX_TEMPLATE } from '../api/kinds';
import { nameHash } from '../api/names';
import { render } from '../api/render';
import type { NetworkAccess } from './network-access';

/** What is added to a Sandbox's name. Not `-network-policy`: the controller uses that for templates, and both may have the same name. */
export const NETWORK_POLICY_SUFFIX = '-network-access';

/** Renders the NetworkPolicy of a Sandbox that no template stands behind. */
export function addSandboxNetworkPolicy(scope: Construct, sandbox: ApiObject, access: NetworkAccess): void {
  new ApiObject(scope, 'NetworkPolicy', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${sandbox.name}${NETWORK_POLICY_SUFFIX}`, namespace: sandbox.metadata.namespace },
    ...{
      spec: {
        podSelector: { matchLabels: { [LABELS.sandboxNameHash]: nameHash(sandbox.name) } },
        policyTypes: ['Ingress', 'Egress'],
        ...storedRules(access, scope.node.path),
      },
    },
  });
}

interface Rule {
  readonly ports?: ReadonlyArray<{ readonly protocol?: string }>;
}

/** The rules as the API server stores them in a NetworkPolicy: unlike in a template, a port without protocol is stored as TCP. */
function storedRules(access: NetworkAccess, path: string): object {
  const schema = specSchema(SANDBOX_TEMPLATE).properties?.networkPolicy ?? {};
  // The schema demands what Rule declares.
  const { ingress, egress } = render(schema, access.explicit().toNetworkPolicy(), `${path}: network`) as unknown as Record<string, Rule[] | undefined>;
  return { ingress: withProtocols(ingress), egress: withProtocols(egress) };
}

const withProtocols = (rules: readonly Rule[] | undefined): Rule[] | undefined =>
  rules?.map((rule) => ({ ...rule, ...(rule.ports && { ports: rule.ports.map((port) => ({ protocol: 'TCP', ...port })) }) }));
