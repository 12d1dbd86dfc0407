import { ANNOTATIONS } from '../../../src/api/keys';
import type { ApiRequest } from '../../../src/runtime/transport';
import { partOf, listOf } from '../api/stored';
import type { Happening, History, Mishap, PlannedFault } from '../history';
import type { RequestFault } from '../network/faults';
import { isWrite } from '../network/network';
import type { Program } from '../network/process';
import { controllers } from '../sandboxes/controller';
import { simulate } from '../simulate';
import type { ClaimAction } from './actions';
import { claimSetup } from './setup';

jest.setTimeout(120_000);

/** A write of the protocol, in words: which are meant is said by what the request is. */
type Step = string;

/** Names a write so that a crash point can point at it. A, B and C are those of spec 08 §3. */
function stepOf({ verb, resource, subresource, body = {} }: ApiRequest): Step {
  const owner = listOf(partOf({ ...body }, 'metadata'), 'ownerReferences')[0]?.kind;
  if (resource.kind === 'SandboxClaim' && verb === 'patch') return subresource === 'status' ? 'C' : 'B';
  if (resource.kind !== 'Sandbox' || subresource === 'status') return `${verb} ${resource.kind}${subresource ? '/status' : ''}`;
  if (verb === 'patch') return owner === 'SandboxClaim' ? 'A' : owner === 'SandboxWarmPool' ? 'adopt' : 'patch Sandbox';
  if (verb === 'create') return owner === 'SandboxClaim' ? 'cold' : 'fill';
  return 'delete Sandbox';
}

/** The program, and what it writes. */
function recorded(): { readonly program: Program; readonly steps: Step[] } {
  const steps: Step[] = [];
  const program: Program = ({ transport, ...ports }) =>
    controllers({
      ...ports,
      transport: {
        ...transport,
        send: (request, options) => {
          if (isWrite(request)) steps.push(stepOf(request));
          return transport.send(request, options);
        },
      },
    });
  return { program, steps };
}

const BLUEPRINT = { podTemplate: { metadata: {}, spec: { containers: [{ name: 'main', image: 'i', ports: [{ containerPort: 8080 }] }] } } };
const CLAIM = { warmPoolRef: { name: 'p' } };

const at = (afterMs: number, action: ClaimAction): Happening<ClaimAction> => ({ afterMs, action });
const begin = (replicas: number, template: object = {}): Happening<ClaimAction> =>
  at(10, { do: 'begin', template: { ...BLUEPRINT, ...template }, pool: { replicas, sandboxTemplateRef: { name: 't' } }, claims: 0 });
const claims = (count = 1, more: object = {}): ClaimAction => ({ do: 'claims', from: 0, count, spec: { ...CLAIM, ...more } });
const newClaim = (name: string, annotations: object): ClaimAction => ({ do: 'create', kind: 'SandboxClaim', name, metadata: { annotations }, spec: CLAIM });
const scale = (replicas: number): ClaimAction => ({ do: 'patch', kind: 'SandboxWarmPool', name: 'p', body: { spec: { replicas } } });

/** What happens while somebody crashes. */
const LIVES = {
  warm: [begin(2), at(20_000, claims(2))],
  cold: [begin(0), at(20_000, claims(2))],
  'cold beside members': [begin(1, { envVarsInjectionPolicy: 'Allowed' }), at(20_000, claims(1, { env: [{ name: 'A', value: 'b' }] }))],
  fill: [begin(3), at(20_000, scale(5)), at(20_000, scale(1))],
  'warm, expires, is kept': [begin(1), at(20_000, claims()), at(10_000, { do: 'expireClaim', nth: 0, inMs: 1000, policy: 'Retain' })],
  'cold, expires, is deleted': [begin(0), at(20_000, claims()), at(10_000, { do: 'expireClaim', nth: 0, inMs: 1000, policy: 'Delete' })],
  'a new template': [
    at(10, { do: 'begin', template: BLUEPRINT, pool: { replicas: 3, sandboxTemplateRef: { name: 't' }, updateStrategy: { type: 'Recreate' } }, claims: 1 }),
    at(20_000, { do: 'patch', kind: 'SandboxTemplate', name: 't', body: { spec: { podTemplate: { spec: { containers: [{ name: 'main', image: 'j' }] } } } } }),
  ],
  'a claim that goes at once': [begin(2), at(20_000, claims()), at(5, { do: 'unclaim', from: 0, count: 1, options: {} }), at(5, claims(2))],
  'a record that leads nowhere': [begin(1), at(20_000, newClaim('c0', { [ANNOTATIONS.sandboxName]: 'nobody' }))],
  'two records of one member': [begin(1), at(20_000, claims(2)), at(1, { do: 'hint', claim: 0, nth: 0 }), at(0, { do: 'hint', claim: 1, nth: 0 })],
  orphans: [
    begin(2),
    at(20_000, { do: 'delete', kind: 'SandboxWarmPool', name: 'p', options: { propagationPolicy: 'Orphan' } }),
    at(10_000, { do: 'create', kind: 'SandboxWarmPool', name: 'p', spec: { replicas: 2, sandboxTemplateRef: { name: 't' } } }),
  ],
  'two Sandboxes': [begin(1), at(20_000, claims()), at(10_000, { do: 'duplicate', claim: 0 })],
  'volumes and Services': [
    begin(0, {
      service: true,
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }],
    }),
    at(20_000, claims()),
  ],
  'suspended and woken': [begin(1), at(20_000, claims()), at(10_000, { do: 'disturb', nth: 0, how: 'suspend' })],
} satisfies Record<string, ReadonlyArray<Happening<ClaimAction>>>;

type Life = keyof typeof LIVES;

const historyOf = (life: Life, seed: number, faults: readonly PlannedFault[], mishaps: readonly Mishap[] = []): History<ClaimAction> => ({
  ...{ seed, faults, mishaps, actions: LIVES[life], lives: ['ready'] },
});

/** Runs a life with faults at the first write of each step, and answers what was wrong. */
async function crash(life: Life, seed: number, faults: ReadonlyArray<readonly [Step, RequestFault]>, processes = ['controller']): Promise<string | undefined> {
  const { program, steps } = recorded();
  await simulate(historyOf(life, seed, []), claimSetup(program, processes));
  const planned = faults.map(([step, fault]): PlannedFault => {
    const nth = steps.indexOf(step);
    if (nth < 0) throw new Error(`nobody writes ${step} in ${life}; there is ${[...new Set(steps)].join(', ')}`);
    return { nth, of: 'write', fault };
  });
  return (await simulate(historyOf(life, seed, planned), claimSetup(controllers, processes))).violation;
}

/** Spec 08 §7.4: what is stored when the process dies, as faults of the writes that are on their way. */
const POINTS: ReadonlyArray<readonly [string, string, Life, ReadonlyArray<readonly [Step, RequestFault]>]> = [
  ['K1', 'a member is reserved, nothing is sent', 'warm', [['A', 'crashBefore']]],
  [
    'K2',
    'the claim is annotated, the transfer is not sent',
    'warm',
    [
      ['A', 'timedOut'],
      ['B', 'crashAfter'],
    ],
  ],
  [
    'K3',
    'the claim is annotated, the transfer is in flight',
    'warm',
    [
      ['A', 'timedOutLate'],
      ['B', 'crashAfter'],
    ],
  ],
  [
    'K4',
    'the Sandbox is transferred, the claim not annotated',
    'warm',
    [
      ['B', 'timedOut'],
      ['A', 'crashAfter'],
    ],
  ],
  ['K5', 'the transfer is in flight, the annotation not sent', 'warm', [['A', 'crashInFlight']]],
  ['K6', 'everything is stored but the status', 'warm', [['C', 'crashBefore']]],
  ['K7', 'the status is in flight', 'warm', [['C', 'crashInFlight']]],
  ['K8', 'the status is stored, the labels of the Pod are not', 'warm', [['patch Pod', 'crashBefore']]],
  ['K9', 'everything is stored, the event is lost', 'warm', [['C', 'crashAfter']]],
  ['K10', 'the record leads to nobody, and the correction is in flight', 'a record that leads nowhere', [['B', 'crashInFlight']]],
  ['K11', 'the Sandbox is transferred, the claim gone', 'a claim that goes at once', [['A', 'crashAfter']]],
  ['K12', 'a cold Sandbox is in flight', 'cold', [['cold', 'crashInFlight']]],
  ['K13', 'a cold Sandbox is stored, the status not', 'cold', [['cold', 'crashAfter']]],
  [
    'K14',
    'a cold claim is annotated, its Sandbox not sent',
    'cold',
    [
      ['cold', 'timedOut'],
      ['B', 'crashAfter'],
    ],
  ],
  ['K15', 'a cold start is decided, nothing is sent', 'cold', [['cold', 'crashBefore']]],
  ['K16', 'the claim is marked as expired, nothing is deleted', 'cold, expires, is deleted', [['delete SandboxClaim', 'crashBefore']]],
  ['K17', 'the Sandbox of an expired claim is deleted, the status not written', 'warm, expires, is kept', [['delete Sandbox', 'crashAfter']]],
  ['K18', 'a member is in flight', 'fill', [['fill', 'crashInFlight']]],
  ['K19', 'the deletion of a member is in flight', 'fill', [['delete Sandbox', 'crashInFlight']]],
  ['K20', 'a batch of members is half made', 'fill', [['fill', 'crashAfter']]],
  ['K21', 'the adoption of an orphan is in flight', 'orphans', [['adopt', 'crashInFlight']]],
  ['K22', 'volume or Service are stored, the Pod not', 'volumes and Services', [['create Pod', 'crashBefore']]],
  ['K23', 'the Pod is in flight', 'cold', [['create Pod', 'crashInFlight']]],
  ['K24', 'the deletion of a Pod is in flight', 'suspended and woken', [['delete Pod', 'crashInFlight']]],
  ['K26', 'the policy of a template is in flight', 'cold', [['create NetworkPolicy', 'crashInFlight']]],
  ['K27', 'the deletion of a second Sandbox is in flight', 'two Sandboxes', [['delete Sandbox', 'crashInFlight']]],
];

describe('spec 08 §7.4: a process dies when', () => {
  it.each(POINTS)('%s: %s', async (_, __, life, faults) => {
    const found: string[] = [];
    for (let seed = 1; seed <= 5; seed++) {
      const violation = await crash(life, seed, faults);
      if (violation !== undefined) found.push(`seed ${seed}: ${violation}`);
    }
    expect(found).toEqual([]);
  });

  it('K0: a claim has been seen, nothing is reserved', async () => {
    const found: string[] = [];
    for (let ms = 0; ms < 8; ms++) {
      const { violation } = await simulate(historyOf('warm', 1, [], [{ afterMs: 20_010 + ms, what: 'crash' }]), claimSetup(controllers));
      if (violation !== undefined) found.push(`after ${ms} ms: ${violation}`);
    }
    expect(found).toEqual([]);
  });

  it.each<[string, Step, Life]>([
    ['transfer', 'A', 'warm'],
    ['status', 'C', 'warm'],
    ['cold Sandbox', 'cold', 'cold'],
    ['deletion of a member', 'delete Sandbox', 'fill'],
  ])('K28: it has lost the lease and another leads, while its %s is in flight', async (_, step, life) => {
    const found: string[] = [];
    for (let seed = 1; seed <= 5; seed++) {
      const violation = await crash(life, seed, [[step, 'timedOutLate']], ['controller', 'controller-2']);
      if (violation !== undefined) found.push(`seed ${seed}: ${violation}`);
    }
    expect(found).toEqual([]);
  });
});

describe('a process that dies at any write', () => {
  it.each(Object.keys(LIVES) as Life[])('in the life "%s" loses, leaks and shares nothing', async (life) => {
    const found: string[] = [];
    const { violation, writes } = await simulate(historyOf(life, 1, []), claimSetup(controllers));
    if (violation !== undefined) found.push(`without a fault: ${violation}`);
    for (let nth = 0; nth < writes; nth++) {
      for (const fault of ['crashBefore', 'crashInFlight', 'crashAfter'] as const) {
        const outcome = await simulate(historyOf(life, 1, [{ nth, of: 'write', fault }]), claimSetup(controllers));
        if (outcome.violation !== undefined) found.push(`${fault} at write ${nth}: ${outcome.violation}`);
      }
    }
    expect(writes).toBeGreaterThan(5);
    expect(found).toEqual([]);
  });
});
