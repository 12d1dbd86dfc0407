import { LABELS, ANNOTATIONS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import {
  CLAIMS,
  WARM_POOLS,
  type Condition,
  type Sandbox,
  type SandboxClaim,
  type SandboxTemplate,
  type SandboxWarmPool,
} from '../../../src/controllers/shared/objects';
import { controllerReference } from '../../../src/controllers/shared/ownership';
import type { ObjectMeta } from '../../../src/runtime/object';

/** Objects of one small world, in which `alice` is a claim of the namespace `team`, on the pool `pool` of the template `python`. */

export const NOW_MS = Date.parse('2026-11-24T12:00:00.123Z');

type Meta = Partial<ObjectMeta>;

const metadata = (name: string, uid: string, more: Meta = {}): ObjectMeta => ({
  name,
  namespace: 'team',
  uid,
  resourceVersion: `rv-${uid}`,
  generation: 1,
  creationTimestamp: '2026-11-24T11:00:00Z',
  ...more,
});

export const condition = (type: string, status: Condition['status'], reason: string, message = '', more: Partial<Condition> = {}): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-11-24T11:30:00Z',
  observedGeneration: 3,
  ...more,
});

export const READY = condition('Ready', 'True', 'DependenciesReady', 'Pod is Ready');

export const claim = (
  spec: Partial<SandboxClaim['spec']> = {},
  more: { readonly metadata?: Meta; readonly status?: SandboxClaim['status'] } = {},
): SandboxClaim => ({
  metadata: metadata('alice', 'claim-uid', { generation: 2, creationTimestamp: '2026-11-24T11:59:59Z', ...more.metadata }),
  spec: { warmPoolRef: { name: 'pool' }, ...spec },
  ...(more.status && { status: more.status }),
});

export const template = (spec: Partial<SandboxTemplate['spec']> = {}, meta: Meta = {}): SandboxTemplate => ({
  metadata: metadata('python', 'template-uid', meta),
  spec: { podTemplate: { spec: { containers: [{ name: 'main' }] } }, ...spec },
});

export const pool = (spec: Partial<SandboxWarmPool['spec']> = {}, meta: Meta = {}): SandboxWarmPool => ({
  metadata: metadata('pool', 'pool-uid', meta),
  spec: { sandboxTemplateRef: { name: 'python' }, ...spec },
});

export const TEMPLATE_HASH = nameHash('python');

/** A member of the pool, Ready unless another status is given. */
export const member = (name = 'pool-b4kx7', meta: Meta = {}, more: Partial<Pick<Sandbox, 'spec' | 'status'>> = {}): Sandbox => ({
  metadata: metadata(name, `${name}-uid`, {
    labels: {
      [LABELS.warmPool]: nameHash('pool'),
      [LABELS.templateRefHash]: TEMPLATE_HASH,
      [LABELS.launchType]: 'warm',
      [LABELS.createdBy]: 'controller',
      [LABELS.podTemplateHash]: '11111111',
      [LABELS.templateHash]: '22222222',
    },
    annotations: { [ANNOTATIONS.templateRef]: 'python' },
    ownerReferences: [controllerReference(WARM_POOLS, pool())],
    ...meta,
  }),
  spec: { podTemplate: { spec: { containers: [{ name: 'main' }] } } },
  status: { conditions: [READY], podIPs: ['10.0.0.7'] },
  ...more,
});

/** The Sandbox of the claim: cold under the claim's own name, else adopted. */
export const owned = (name = 'pool-b4kx7', meta: Meta = {}, more: Partial<Pick<Sandbox, 'spec' | 'status'>> = {}): Sandbox =>
  member(
    name,
    {
      labels: { [LABELS.claimUid]: 'claim-uid', [LABELS.launchType]: name === 'alice' ? 'cold' : 'warm', [LABELS.templateRefHash]: TEMPLATE_HASH },
      ownerReferences: [controllerReference(CLAIMS, claim())],
      ...meta,
    },
    more,
  );

/** Name of the member, and of the Sandbox, that most tests speak of. */
export const M = 'pool-b4kx7';

export const NO_IP = { conditions: [condition('Ready', 'False', 'DependenciesNotReady', 'Pod does not exist')] };
export const UNREADY = { conditions: [condition('Ready', 'False', 'DependenciesNotReady', 'Pod is Running but not Ready')], podIPs: ['10.0.0.7'] };
export const FINISHED = condition('Finished', 'True', 'PodFailed', 'Pod failed', { lastTransitionTime: '2030-01-01T00:00:00Z' });

/** The claim with a record of a member. */
export const named = (name: string): SandboxClaim => claim({}, { metadata: { annotations: { [ANNOTATIONS.sandboxName]: name } } });

/** The claim that has been told of the Sandbox `M`. */
export const bound = (spec: Partial<SandboxClaim['spec']> = {}, meta: Meta = {}): SandboxClaim =>
  claim(spec, {
    metadata: { annotations: { [ANNOTATIONS.sandboxName]: M, [ANNOTATIONS.firstObservedAt]: '2029-12-31T23:59:59.5Z' }, ...meta },
    status: { conditions: [{ ...READY, observedGeneration: 2 }], sandbox: { name: M, podIPs: ['10.0.0.7'] } },
  });
