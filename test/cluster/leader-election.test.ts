import { Client } from '../../src/runtime/client';
import { systemClock } from '../../src/runtime/clock';
import { HttpTransport } from '../../src/runtime/http-transport';
import { LeaderElection } from '../../src/runtime/leader-election';
import type { LeaseSpec } from '../../src/runtime/lease';
import { cluster, type KubeObject } from './connection';
import { until } from './until';

jest.setTimeout(60_000);

const { url, ca, token } = cluster().connection;
const credentials = { headers: { authorization: `Bearer ${token}` }, tls: { ca } };
const connection = { server: new URL(url), credentials: () => Promise.resolve(credentials), renew: () => Promise.resolve(credentials) };
const transport = new HttpTransport(connection, { version: 'test' });
const running: LeaderElection[] = [];

afterAll(async () => {
  await Promise.all(running.map((election) => election.release()));
  await transport.close();
});

/** Takes part in an election; `die` is the end of a process that can say nothing any more. */
function join(namespace: string, identity: string) {
  const dead = new AbortController();
  const told: string[] = [];
  const client = new Client({ transport, clock: systemClock, random: Math.random, fieldManager: identity, signal: dead.signal });
  const observer = {
    acquired: () => told.push('leads'),
    lost: (reason: string) => told.push(`lost: ${reason}`),
    following: (holder: string) => told.push(`follows ${holder}`),
    failed: (problem: string) => told.push(`failed: ${problem}`),
  };
  const key = { namespace, name: 'the-lease' };
  const election = new LeaderElection({ client, clock: systemClock, random: Math.random, key, identity, component: 'test', observer });
  election.start();
  running.push(election);
  return { election, told, die: () => dead.abort() };
}

const leads = ({ told }: { readonly told: readonly string[] }) => until('somebody to lead', () => (told.includes('leads') ? true : undefined));

async function leaseIn(namespace: string): Promise<LeaseSpec> {
  const lease = await cluster().object('GET', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/the-lease`);
  return lease.spec as LeaseSpec; // A Lease has one.
}

test('a leader that stops hands the Lease to the one who waits, and both changes are Events', async () => {
  const namespace = await cluster().namespace('election');
  const a = join(namespace, 'a');
  await leads(a);
  const b = join(namespace, 'b');
  await until('b to follow', () => (b.told.length > 0 ? true : undefined));
  expect(await leaseIn(namespace)).toEqual({
    ...{ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 },
    acquireTime: expect.stringMatching(/\.\d{6}Z$/) as unknown,
    renewTime: expect.stringMatching(/\.\d{6}Z$/) as unknown,
  });
  const startMs = performance.now();
  await a.election.release();
  await leads(b);
  expect(performance.now() - startMs).toBeLessThan(10_000);
  expect([a.told, b.told]).toEqual([['leads'], ['follows a', 'leads']]);
  expect(await leaseIn(namespace)).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  const messages = await until('the Events', async () => {
    // A list of core/v1 Events.
    const { items } = (await cluster().object('GET', `/api/v1/namespaces/${namespace}/events`)) as unknown as { items: (KubeObject & { message: string })[] };
    return items.length === 3 ? items.map(({ message, reason, type }) => [message, reason, type]).sort() : undefined;
  });
  expect(messages).toEqual(['a became leader', 'a stopped leading', 'b became leader'].map((message) => [message, 'LeaderElection', 'Normal']));
});

test('the Lease of a leader that died is taken when its 15 s are over and not before', async () => {
  const namespace = await cluster().namespace('election');
  const a = join(namespace, 'a');
  await leads(a);
  const b = join(namespace, 'b');
  await until('b to follow', () => (b.told.length > 0 ? true : undefined));
  const startMs = performance.now();
  a.die();
  await leads(b);
  // The last renewal may be 2.4 s old, and b looks only each 2.4 s.
  expect(performance.now() - startMs).toBeGreaterThan(12_000);
  expect(a.told.some((line) => line.startsWith('lost: the Lease was not renewed for 10 s'))).toBe(true);
  expect(await leaseIn(namespace)).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
});
