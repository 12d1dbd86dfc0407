import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { CLAIMS, POOLS, SANDBOXES } from '../api/resource-types';
import type { RequestFault } from '../network/faults';
import {
  bindingsAreKept,
  duplicatesAreResolved,
  readyIsMeasuredOnce,
  readyIsMeasuredOnceByEach,
  readyIsPublishedWhole,
  sandboxesAreNotShared,
} from './bindings';
import { BLUEPRINT, Hand, OF_P, bind, scene, type Script } from './hand';
import type { InvariantOf } from './invariant';
import { membersAreGuarded, poolsAreNeverTooLarge, reservationsAreExclusive } from './members';

const ownerPatch = (hand: Hand, sandbox: string, owner: object) =>
  ({
    verb: 'patch',
    resource: SANDBOXES,
    name: sandbox,
    body: { metadata: { resourceVersion: hand.get(SANDBOXES, sandbox).metadata.resourceVersion, ownerReferences: [owner] } },
  }) as const;

const deletion = (hand: Hand, name: string, isGuarded = true) => {
  const { uid, resourceVersion } = hand.get(SANDBOXES, name).metadata;
  return { verb: 'delete', resource: SANDBOXES, name, body: { preconditions: { uid, ...(isGuarded && { resourceVersion }) } } } as const;
};

const newMember = (hand: Hand, name: string) => {
  const { apiVersion, kind } = SANDBOXES;
  return { verb: 'create', resource: SANDBOXES, body: { apiVersion, kind, metadata: { ...hand.memberMetadata(), name }, spec: BLUEPRINT } } as const;
};

const WRONG: ReadonlyArray<readonly [string, InvariantOf, Script, RegExp]> = [
  [
    'a Sandbox that goes from one claim to another',
    sandboxesAreNotShared,
    async (hand) => {
      await bind(hand);
      await hand.send(hand.transfer('m', 'b'));
    },
    /m belonged to one claim and now belongs to another/,
  ],
  [
    'a Sandbox that goes back from a claim to the pool',
    sandboxesAreNotShared,
    async (hand) => {
      await bind(hand);
      await hand.send(ownerPatch(hand, 'm', hand.ownerOf(POOLS, 'p')));
    },
    /m belonged to a claim and was given away/,
  ],
  [
    'a claim that is told of the Sandbox of another',
    sandboxesAreNotShared,
    async (hand) => {
      await bind(hand);
      await hand.send(hand.publish('b', 'm'));
    },
    /b was told of Sandbox m, which it never owned/,
  ],
  [
    'a claim that is told of a Sandbox before it owns it',
    sandboxesAreNotShared,
    async (hand) => {
      scene(hand);
      await hand.send(hand.publish('a', 'm'));
    },
    /a was told of Sandbox m, which it never owned/,
  ],
  [
    'a claim that is told of the successor of its Sandbox',
    sandboxesAreNotShared,
    async (hand) => {
      await bind(hand);
      hand.user({ verb: 'delete', resource: SANDBOXES, name: 'm', body: {} });
      hand.create(SANDBOXES, 'm', BLUEPRINT, { ownerReferences: [hand.ownerOf(CLAIMS, 'b')] });
      await hand.send(hand.publish('a', 'm', ['10.0.0.2']));
    },
    /a was told of Sandbox m, which another claim owns or owned/,
  ],
  [
    'a claim with two Sandboxes',
    duplicatesAreResolved,
    async (hand) => {
      await bind(hand);
      await hand.send(hand.transfer('n', 'a'));
    },
    /a has two Sandboxes/,
  ],
  [
    'a binding that is taken back',
    bindingsAreKept,
    async (hand) => {
      await bind(hand);
      await hand.send(hand.publish('a', undefined));
    },
    /a is told of another Sandbox although m still belongs to it/,
  ],
  [
    'the deletion of a Sandbox of which the claim was told',
    bindingsAreKept,
    async (hand) => {
      await bind(hand);
      await hand.send(deletion(hand, 'm'));
    },
    /m was deleted, of which .*a has been told/,
  ],
  [
    'Ready without an address',
    readyIsPublishedWhole,
    async (hand) => {
      await bind(hand);
      await hand.send(hand.publish('a', 'm', []));
    },
    /a is published as Ready without an address/,
  ],
  [
    'an address that the Sandbox never had',
    readyIsPublishedWhole,
    async (hand) => {
      await bind(hand);
      await hand.send(hand.publish('a', 'm', ['10.0.0.9']));
    },
    /a publishes the address "10.0.0.9", which its Sandbox never had/,
  ],
  [
    'a binding without its record',
    readyIsPublishedWhole,
    async (hand) => {
      scene(hand);
      hand.serve('m', '10.0.0.1');
      await hand.send(hand.transfer('m', 'a'));
      await hand.send(hand.publish('a', 'm'));
    },
    /a is told of Sandbox m, but its annotation says nothing/,
  ],
  [
    'a claim that is measured twice',
    readyIsMeasuredOnce,
    async (hand) => {
      await bind(hand);
      const { uid } = hand.get(CLAIMS, 'a').metadata;
      hand.world.measured.push({ uid, by: 'controller' }, { uid, by: 'controller-2' });
    },
    /was measured twice/,
  ],
  [
    'a claim that one process measures twice',
    readyIsMeasuredOnceByEach,
    async (hand) => {
      await bind(hand);
      const { uid } = hand.get(CLAIMS, 'a').metadata;
      for (const by of ['controller', 'controller-2', 'controller']) hand.world.measured.push({ uid, by });
    },
    /was measured twice/,
  ],
  [
    'a claim that is measured before it is Ready',
    readyIsMeasuredOnce,
    (hand) => {
      scene(hand);
      hand.world.measured.push({ uid: hand.get(CLAIMS, 'a').metadata.uid, by: 'controller' });
      return Promise.resolve();
    },
    /was measured and was never Ready/,
  ],
  [
    'a change of owner without a version',
    membersAreGuarded,
    async (hand) => {
      scene(hand);
      await hand.send({ verb: 'patch', resource: SANDBOXES, name: 'm', body: { metadata: { ownerReferences: [hand.ownerOf(CLAIMS, 'a')] } } });
    },
    /the owner of Sandbox default\/m is changed without a version/,
  ],
  [
    'the deletion of a member without a version',
    membersAreGuarded,
    async (hand) => {
      scene(hand);
      await hand.send(deletion(hand, 'm', false));
    },
    /DELETE of the member Sandbox default\/m names no version/,
  ],
  [
    'a member that is given away while it is being deleted',
    membersAreGuarded,
    async (hand) => {
      scene(hand);
      hand.user({ verb: 'patch', resource: SANDBOXES, name: 'm', body: { metadata: { finalizers: ['example.com/hold'] } } });
      hand.user({ verb: 'delete', resource: SANDBOXES, name: 'm', body: {} });
      await hand.send(hand.transfer('m', 'a'));
    },
    /m was given to a claim while it was being deleted/,
  ],
  [
    'a look-alike that is given to a claim',
    membersAreGuarded,
    async (hand) => {
      scene(hand);
      hand.create(SANDBOXES, 'stray', BLUEPRINT, { labels: { [LABELS.warmPool]: nameHash('p') } });
      await hand.send(hand.transfer('stray', 'a'));
    },
    /stray belongs to nobody and was taken/,
  ],
  [
    'a member of another pool',
    membersAreGuarded,
    async (hand) => {
      scene(hand);
      hand.create(CLAIMS, 'c', { warmPoolRef: { name: 'q' } });
      await hand.send(hand.transfer('m', 'c'));
    },
    /c got a member of p, which is not its pool/,
  ],
  [
    'a member for a claim that wants a Sandbox of its own',
    membersAreGuarded,
    async (hand) => {
      scene(hand);
      hand.create(CLAIMS, 'c', { ...OF_P, env: [{ name: 'A', value: 'b' }] });
      await hand.send(hand.transfer('m', 'c'));
    },
    /c wants a Sandbox of its own and got a member/,
  ],
  [
    'the deletion of the only Sandbox of a claim',
    membersAreGuarded,
    async (hand) => {
      scene(hand);
      await hand.send(hand.transfer('m', 'a'));
      await hand.send(deletion(hand, 'm'));
    },
    /m was deleted, the only Sandbox of .*a, which has not expired/,
  ],
  [
    'a bare Sandbox that is deleted',
    membersAreGuarded,
    async (hand) => {
      hand.create(SANDBOXES, 'bare', BLUEPRINT);
      await hand.send(deletion(hand, 'bare'));
    },
    /bare was deleted and belongs to no pool and no claim/,
  ],
  [
    'one member too many',
    poolsAreNeverTooLarge,
    async (hand) => {
      hand.pool(1);
      await hand.send(newMember(hand, 'm'));
      await hand.send(newMember(hand, 'n'));
    },
    /n is one of 2 members of a pool that is to have 1/,
  ],
  [
    'a member in place of one that is still terminating',
    poolsAreNeverTooLarge,
    async (hand) => {
      hand.pool(1);
      await hand.send(newMember(hand, 'm'));
      hand.user({ verb: 'patch', resource: SANDBOXES, name: 'm', body: { metadata: { finalizers: ['example.com/hold'] } } });
      await hand.send(deletion(hand, 'm'));
      await hand.send(newMember(hand, 'n'));
    },
    /n is one of 2 members of a pool that is to have 1/,
  ],
  [
    'a member for two claims',
    reservationsAreExclusive,
    async (hand) => {
      scene(hand);
      await Promise.all([hand.send(hand.transfer('m', 'a')), hand.send(hand.transfer('m', 'b'))]);
    },
    /default\/m is promised to two claims/,
  ],
  [
    'a second member after a time-out',
    reservationsAreExclusive,
    async (hand) => {
      scene(hand);
      await hand.send(hand.transfer('m', 'a'), 'timedOut');
      await hand.send(hand.transfer('n', 'a'));
    },
    /a claim is to get default\/n while the outcome for default\/m is open/,
  ],
];

const RIGHT: ReadonlyArray<readonly [string, InvariantOf]> = [
  ...(['sandboxesAreNotShared', 'duplicatesAreResolved', 'bindingsAreKept', 'readyIsPublishedWhole', 'membersAreGuarded'] as const).map(
    (name) => [name, { sandboxesAreNotShared, duplicatesAreResolved, bindingsAreKept, readyIsPublishedWhole, membersAreGuarded }[name]] as const,
  ),
  ['reservationsAreExclusive', reservationsAreExclusive],
];

describe('an invariant of claims finds', () => {
  it.each(WRONG)('%s', async (_, invariantOf, script, fault) => {
    expect(await Hand.faultOf(invariantOf, script)).toMatch(fault);
  });
});

describe('a claim that is bound as the protocol wants it', () => {
  it.each(RIGHT)('is no fault to %s', async (_, invariantOf) => {
    expect(await Hand.faultOf(invariantOf, bind)).toBeUndefined();
  });

  it.each<RequestFault>(['lost', 'lostStored'])('is no fault when the outcome was unknown (%s) and the Sandbox was read', async (fault) => {
    const script: Script = async (hand) => {
      scene(hand);
      const taken = hand.transfer('m', 'a');
      await hand.send(taken, fault);
      await hand.send({ verb: 'get', resource: SANDBOXES, name: 'm' });
      await hand.send(hand.transfer('n', 'b'));
      await hand.send(taken);
    };
    expect(await Hand.faultOf(reservationsAreExclusive, script)).toBeUndefined();
  });
});
