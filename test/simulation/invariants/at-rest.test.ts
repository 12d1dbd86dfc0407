import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { CLAIMS, POOLS, TEMPLATES } from '../api/resource-types';
import { claimsHaveConverged } from './claims-at-rest';
import { Hand, bind, scene, type Script } from './hand';
import type { InvariantOf } from './invariant';
import { poolsHaveConverged } from './pools-at-rest';

const WRONG: ReadonlyArray<readonly [string, InvariantOf, Script, RegExp]> = [
  ['a claim that nobody looked at', claimsHaveConverged, (hand) => Promise.resolve(scene(hand)), /a has no condition Ready/],
  [
    'a claim that says less than its Sandbox',
    claimsHaveConverged,
    async (hand) => {
      await bind(hand);
      hand.user({ verb: 'delete', resource: CLAIMS, name: 'b', body: {} });
      hand.serve('m', '10.0.0.1', '10.0.0.2');
    },
    /a publishes \[10.0.0.1\], its Sandbox has \[10.0.0.1,10.0.0.2\]/,
  ],
  [
    'a claim without a Sandbox and without an obstacle',
    claimsHaveConverged,
    async (hand) => {
      scene(hand);
      await hand.send(hand.publish('a', undefined));
    },
    /a has no Sandbox and says DependenciesReady; in its way is nothing/,
  ],
  [
    'a claim that has expired and is there',
    claimsHaveConverged,
    async (hand) => {
      await bind(hand);
      hand.user({
        verb: 'patch',
        resource: CLAIMS,
        name: 'a',
        body: { spec: { lifecycle: { shutdownTime: '2020-01-01T00:00:00Z', shutdownPolicy: 'Retain' } } },
      });
      await hand.send({
        ...hand.publish('a', 'm'),
        body: {
          status: {
            conditions: [
              { type: 'Ready', status: 'False', reason: 'ClaimExpired', message: '', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 2 },
            ],
          },
        },
      });
    },
    /a has expired and keeps its Sandbox/,
  ],
  ['a pool with too few members', poolsHaveConverged, poolThatSays(3, { replicas: 2, observedGeneration: 1 }), /p has 2 members and is to have 3/],
  ['a pool with too many members', poolsHaveConverged, poolThatSays(1, { replicas: 2, observedGeneration: 1 }), /p has 2 members and is to have 1/],
  [
    'a pool that counts wrongly',
    poolsHaveConverged,
    poolThatSays(2, { replicas: 1, observedGeneration: 1 }),
    /p counts 1 members and 0 ready ones; there are 2 and 0/,
  ],
  [
    'a member that is stale under Recreate',
    poolsHaveConverged,
    async (hand) => {
      hand.pool(1, ['m']);
      hand.serve('m', '10.0.0.1');
      hand.user({ verb: 'patch', resource: POOLS, name: 'p', body: { spec: { updateStrategy: { type: 'Recreate' } } } });
      hand.user({ verb: 'patch', resource: TEMPLATES, name: 't', body: { spec: { podTemplate: { spec: { containers: [{ name: 'main', image: 'j' }] } } } } });
      await hand.send(count({ replicas: 1, readyReplicas: 1, observedGeneration: 2 }));
    },
    /p keeps the stale member m/,
  ],
];

const count = (status: object) =>
  ({
    verb: 'patch',
    resource: POOLS,
    name: 'p',
    subresource: 'status',
    body: { status: { ...status, selector: `${LABELS.warmPool}=${nameHash('p')}` } },
  }) as const;

function poolThatSays(replicas: number, status: object): Script {
  return async (hand) => {
    hand.pool(replicas, ['m', 'n']);
    await hand.send(count(status));
  };
}

describe('at the end is found', () => {
  it.each(WRONG)('%s', async (_, invariantOf, script, fault) => {
    expect(await Hand.faultOf(invariantOf, script)).toMatch(fault);
  });
});
