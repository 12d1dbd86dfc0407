import { LABELS } from '../../../src/api/keys';
import { Allocator } from '../../../src/controllers/members/allocator';
import { memberOf } from '../../../src/controllers/members/member';
import type { Sandbox } from '../../../src/controllers/shared/objects';
import { NAMESPACE } from '../stage/objects';

const POOL = { uid: 'pool', namespace: NAMESPACE, name: 'pool' };
const POD = { metadata: { name: 'p', uid: 'p', resourceVersion: '1', creationTimestamp: '' }, spec: {} };
const NODES = 20;
const CREATED_AT = createdAt(0);

/** Microseconds of processor time to promise a claim the best member of a pool and to take the promise back: one for each round and size, in turn. */
export function pickTimes(
  sizes: readonly number[],
  { rounds, picks }: { readonly rounds: number; readonly picks: number },
): ReadonlyMap<number, readonly number[]> {
  const times = new Map<number, number[]>(sizes.map((size) => [size, []]));
  const pools = sizes.map((size) => [size, poolOf(size)] as const);
  // The first round compiles.
  for (let round = -1; round < rounds; round++) {
    for (const [size, allocator] of pools) {
      const microseconds = pick(allocator, picks);
      if (round >= 0) times.get(size)?.push(microseconds);
    }
  }
  return times;
}

function pick(allocator: Allocator, picks: number): number {
  const before = process.cpuUsage();
  for (let n = 0; n < picks; n++) {
    const key = { namespace: NAMESPACE, name: `claim-${n}` };
    const offer = allocator.offer({ key, uid: key.name, createdAt: CREATED_AT }, { pool: POOL, waitsFor: 'nothing' });
    if (offer.result !== 'member') throw new Error(`a pool that is full offers ${JSON.stringify(offer)}`);
    allocator.release(key);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / picks;
}

function poolOf(size: number): Allocator {
  const allocator = new Allocator();
  for (let n = 0; n < size; n++) allocator.put(POOL, memberOf(sandbox(n), POD, true));
  return allocator;
}

/** As the server creates them: several each second. */
function createdAt(n: number): string {
  return new Date(Date.UTC(2026, 0, 1) + Math.floor(n / 40) * 1000).toISOString().replace('.000', '');
}

function sandbox(n: number): Sandbox {
  const name = `member-${n}`;
  return {
    metadata: {
      ...{ name, namespace: NAMESPACE, uid: name, resourceVersion: '1', creationTimestamp: createdAt(n) },
      labels: { [LABELS.launchType]: 'warm', [LABELS.warmPool]: 'p', [LABELS.templateRefHash]: 't' },
    },
    spec: { podTemplate: { spec: { containers: [] } } },
    status: {
      podIPs: ['10.0.0.1'],
      nodeName: `node-${n % NODES}`,
      conditions: [{ type: 'Ready', status: 'True', reason: '', message: '', lastTransitionTime: createdAt(n) }],
    },
  };
}
