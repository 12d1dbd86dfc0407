import type { KubeObject, Resource } from '../../../runtime/object';
import type { Binding, Role } from './controller-rights';
import { ok, warning, type Finding } from './finding';

/** Objects of v0.5.x in the namespace of the controller that no later release uses (spec 13 §11.1). */
export const WEBHOOK_SERVICE = 'agent-sandbox-webhook-service';
export const WEBHOOK_SECRET = 'agent-sandbox-webhook-certs';
export const SECRETS: Resource = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets' };

/** What is there of them. */
export interface LeftOvers {
  readonly service?: KubeObject;
  readonly secret?: KubeObject;
  /** Roles and bindings of the namespace. */
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
}

/** What v0.5.x has left behind. It does no harm to the controller; the Secret is a private key that nobody needs. */
export function judgeLeftOvers({ service, secret, roles, bindings }: LeftOvers, namespace: string): readonly Finding[] {
  const ofSecret = roles.filter(({ rules }) => rules?.some(({ resourceNames = [] }) => resourceNames.includes(WEBHOOK_SECRET)));
  const names = ofSecret.map(({ metadata }) => metadata.name);
  const ofRoles = bindings.filter(({ roleRef }) => roleRef.kind === 'Role' && names.includes(roleRef.name));
  const found = [
    ...(service ? [`service/${WEBHOOK_SERVICE}`] : []),
    ...(secret ? [`secret/${WEBHOOK_SECRET}`] : []),
    ...ofRoles.map(({ metadata }) => `rolebinding/${metadata.name}`),
    ...names.map((name) => `role/${name}`),
  ];
  if (found.length === 0) return [ok('nothing of v0.5.x is left')];
  return [warning(`v0.5.x has left ${found.join(', ')}`, `after the upgrade: kubectl -n ${namespace} delete ${found.join(' ')}`)];
}
