import { isExpired, isMarked, msToExpiry } from '../../../src/controllers/claim/expiry';
import { errorSeen } from '../../../src/controllers/claim/problem';
import { statusOf, type Outcome } from '../../../src/controllers/claim/status';
import type { Condition, SandboxClaim, SandboxClaimStatus } from '../../../src/controllers/shared/objects';
import { claim, condition, NOW_MS, owned, READY } from './world';

const at = (offsetMs: number): string => new Date(NOW_MS + offsetMs).toISOString();
const FINISHED = condition('Finished', 'True', 'PodFailed', 'Pod failed', { lastTransitionTime: at(-10_000), observedGeneration: 7 });
const BOUND: SandboxClaimStatus = { conditions: [READY], sandbox: { name: 'pool-b4kx7', podIPs: ['10.0.0.7'], serviceFQDN: 'f' } };
const expired = (status?: SandboxClaimStatus): SandboxClaim => claim({ lifecycle: { shutdownTime: at(-1) } }, { status });
const told = (of: SandboxClaim, outcome: Outcome): string =>
  (statusOf(of, outcome, NOW_MS).conditions ?? []).map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`).join('; ');
const sandboxWith = (conditions: readonly Condition[], more: object = {}) => owned('pool-b4kx7', more, { status: { conditions, podIPs: ['10.0.0.7'] } });

// Spec 02 §4.2, 05 §16.
test.each<[string, SandboxClaim, Outcome, string]>([
  ['Ready is forwarded', claim(), { sandbox: owned() }, 'Ready True DependenciesReady: Pod is Ready'],
  [
    'whatever it says',
    claim(),
    { sandbox: sandboxWith([condition('Ready', 'False', 'SandboxSuspended', 'Sandbox is suspended')]) },
    'Ready False SandboxSuspended: Sandbox is suspended',
  ],
  ['a Sandbox that says nothing is not ready', claim(), { sandbox: sandboxWith([]) }, 'Ready False SandboxNotReady: Sandbox is not ready'],
  ['nor is one that terminates', claim(), { sandbox: sandboxWith([READY], { deletionTimestamp: at(0) }) }, 'Ready False SandboxNotReady: Sandbox is not ready'],
  [
    'a Sandbox may expire by itself',
    claim(),
    { sandbox: sandboxWith([condition('Ready', 'False', 'SandboxExpired', 'Sandbox has expired')]) },
    'Ready False SandboxExpired: Underlying Sandbox resource has expired independently of the Claim.',
  ],
  ['no Sandbox', claim(), {}, 'Ready False SandboxMissing: Sandbox does not exist'],
  ['a problem goes before everything', expired(), { sandbox: owned(), problem: errorSeen('no', 'time') }, 'Ready False ReconcilerError: Error seen: no'],
  ['the expiry goes before the Sandbox', expired(), { sandbox: owned() }, 'Ready False ClaimExpired: Claim expired. Sandbox cleanup initiated.'],
  [
    'a Sandbox of somebody else is left alone at the expiry',
    expired(),
    { foreign: 'alice' },
    'Ready False ClaimExpired: Claim expired. sandbox not owned by this claim: sandbox "alice" is not owned by claim "alice"; deletion skipped.',
  ],
  [
    'and that stays said when no name leads to it any more',
    expired({ conditions: [condition('Ready', 'False', 'ClaimExpired', 'Claim expired. … deletion skipped.')] }),
    {},
    'Ready False ClaimExpired: Claim expired. … deletion skipped.',
  ],
  [
    'Finished is copied',
    claim(),
    { sandbox: sandboxWith([FINISHED, READY]) },
    'Finished True PodFailed: Pod failed; Ready True DependenciesReady: Pod is Ready',
  ],
  [
    'Finished goes with that of the Sandbox',
    claim({}, { status: { conditions: [FINISHED] } }),
    { sandbox: owned() },
    'Ready True DependenciesReady: Pod is Ready',
  ],
  ['and with the Sandbox', claim({}, { status: { conditions: [FINISHED] } }), {}, 'Ready False SandboxMissing: Sandbox does not exist'],
  [
    'but not when the claim has expired',
    expired({ conditions: [FINISHED] }),
    {},
    'Finished True PodFailed: Pod failed; Ready False ClaimExpired: Claim expired. Sandbox cleanup initiated.',
  ],
  [
    'the end of the Pod starts a time to live of nothing in the same write',
    claim({ lifecycle: { ttlSecondsAfterFinished: 0 } }),
    { sandbox: sandboxWith([FINISHED, condition('Ready', 'False', 'PodFailed', 'Pod failed')]) },
    'Finished True PodFailed: Pod failed; Ready False ClaimExpired: Claim expired. Sandbox cleanup initiated.',
  ],
])('%s', (_, of, outcome, expected) => {
  expect(told(of, outcome)).toBe(expected);
});

test('Ready is of the claim’s own generation, Finished of whatever the Sandbox said; both keep the time that the Sandbox told', () => {
  expect(statusOf(claim(), { sandbox: sandboxWith([READY, FINISHED]) }, NOW_MS).conditions).toEqual([FINISHED, { ...READY, observedGeneration: 2 }]);
});

test.each<[string, SandboxClaim, Outcome, SandboxClaimStatus['sandbox']]>([
  [
    'names the Sandbox with its addresses',
    claim(),
    { sandbox: owned('pool-b4kx7', {}, { status: { podIPs: ['10.0.0.7', 'fd00::7'], serviceFQDN: 'f' } }) },
    { name: 'pool-b4kx7', podIPs: ['10.0.0.7', 'fd00::7'], serviceFQDN: 'f' },
  ],
  ['has no addresses where the Sandbox has none', claim({}, { status: BOUND }), { sandbox: owned('pool-b4kx7', {}, { status: {} }) }, { name: 'pool-b4kx7' }],
  ['survives every problem', claim({}, { status: BOUND }), { problem: errorSeen('no', 'time') }, BOUND.sandbox],
  ['goes with the Sandbox', expired(BOUND), {}, undefined],
  ['is not that of somebody else', expired(BOUND), { foreign: 'pool-b4kx7' }, undefined],
])('the binding %s', (_, of, outcome, expected) => {
  expect(statusOf(of, outcome, NOW_MS).sandbox).toEqual(expected);
});

// Spec 05 §14.
test.each<[string, SandboxClaim['spec']['lifecycle'], number | undefined]>([
  ['never without a lifecycle', undefined, undefined],
  ['never by a policy alone', { shutdownPolicy: 'Delete' }, undefined],
  ['at its time', { shutdownTime: at(5000) }, 5000],
  ['so long after the end', { ttlSecondsAfterFinished: 60 }, 50_000],
  ['by the earlier of both', { shutdownTime: at(60_000), ttlSecondsAfterFinished: 60 }, 50_000],
  ['whichever it is', { shutdownTime: at(1), ttlSecondsAfterFinished: 60 }, 1],
  ['at the end itself', { ttlSecondsAfterFinished: 0 }, -10_000],
])('a finished claim expires %s', (_, lifecycle, expected) => {
  expect(msToExpiry(claim({ lifecycle }), [FINISHED], NOW_MS)).toBe(expected);
});

test.each([
  ['none', []],
  ['one that is not True', [{ ...FINISHED, status: 'False' as const }]],
  ['one without a time', [{ ...FINISHED, lastTransitionTime: '' }]],
])('a time to live needs an end: %s', (_, conditions) => {
  expect(msToExpiry(claim({ lifecycle: { ttlSecondsAfterFinished: 0 } }), conditions, NOW_MS)).toBeUndefined();
});

test('a claim expires at the millisecond, and is marked by the reason of its Ready', () => {
  const of = (offsetMs: number) => claim({ lifecycle: { shutdownTime: at(offsetMs) } });
  expect([isExpired(of(1), NOW_MS), isExpired(of(0), NOW_MS)]).toEqual([false, true]);
  expect([isMarked(claim()), isMarked(expired({ conditions: [condition('Ready', 'False', 'ClaimExpired')] }))]).toEqual([false, true]);
});
