import { countUnprotected } from '../../../src/controllers/shared/metrics';
import { TEMPLATES, type NetworkPolicy, type SandboxTemplate } from '../../../src/controllers/shared/objects';
import { controllerReference } from '../../../src/controllers/shared/ownership';
import { PolicyWaits, protectionOf, UNPROTECTED_RULE } from '../../../src/controllers/shared/protection';
import { systemClock } from '../../../src/runtime/clock';
import { Metrics } from '../../../src/runtime/metrics';

const meta = (name: string, uid: string) => ({ name, namespace: 'team', uid, resourceVersion: '1', creationTimestamp: '2026-11-24T11:00:00Z' });
const template = (networkPolicyManagement?: 'Unmanaged' | ''): SandboxTemplate => ({
  metadata: meta('python', 'template-uid'),
  spec: { podTemplate: { spec: { containers: [] } }, ...(networkPolicyManagement !== undefined && { networkPolicyManagement }) },
});
const policy = (owner: object = {}, more: object = {}): NetworkPolicy => ({
  metadata: { ...meta('python-network-policy', 'policy-uid'), ownerReferences: [{ ...controllerReference(TEMPLATES, template()), ...owner }], ...more },
  spec: { podSelector: {} },
});
const LEAVING = { deletionTimestamp: '2026-11-24T12:00:00Z' };

test.each<[string, SandboxTemplate, NetworkPolicy | undefined, number, object]>([
  ['a policy that is there is no reason to wait', template(), policy(), 0, { is: 'settled' }],
  ['an unmanaged template has none to wait for', template('Unmanaged'), undefined, 0, { is: 'settled' }],
  ['a foreign one under its name will not go away by waiting', template(), policy({ uid: 'other' }), 0, { is: 'settled' }],
  ['a missing one is waited for', template(''), undefined, 1000, { is: 'awaited', againMs: 4000 }],
  ['one on its way out protects nobody', template(), policy({}, LEAVING), 0, { is: 'awaited', againMs: 5000 }],
  ['but not for ever', template(), undefined, 5000, { is: 'overdue' }],
])('%s', (_, of, found, waitedMs, expected) => {
  expect(protectionOf(of, found, waitedMs)).toEqual(expected);
});

test('Sandboxes that did not wait any longer are counted, and no other write or pass', async () => {
  const metrics = new Metrics(systemClock);
  const count = countUnprotected(metrics);
  const pass = { controller: 'sandboxwarmpool', rules: [UNPROTECTED_RULE], writes: ['POST Sandbox team/a', 'PATCH Sandbox team/b', 'POST Sandbox team/c'] };
  expect([count(pass), count({ ...pass, rules: ['poolIsFilled'] })]).toEqual([2, 0]);
  const text = await metrics.text();
  expect(text).toContain('agent_sandbox_ext_unprotected_sandboxes_total{controller="sandboxwarmpool"} 2\n');
  expect(text).toContain('agent_sandbox_ext_unprotected_sandboxes_total{controller="sandboxclaim"} 0\n');
});

test('a policy is waited for once, whoever waits, and again when it was there and is gone', () => {
  let stored: NetworkPolicy | undefined;
  const waits = new PolicyWaits({ find: ({ namespace, name }) => (`${namespace}/${name}` === 'team/python-network-policy' ? stored : undefined) });
  const isAt = (ms: number): string => waits.protectionOf(template(), ms).is;
  expect([isAt(1000), isAt(5999), isAt(6000), isAt(90_000)]).toEqual(['awaited', 'awaited', 'overdue', 'overdue']);
  stored = policy();
  expect(isAt(90_001)).toBe('settled');
  stored = undefined;
  expect(isAt(90_002)).toBe('awaited');
});
