import type { Audited } from '../../cluster/controllers/audit-log';
import { differences, readingIn, requestsCost } from './measurement';
import { totalIn, totalsIn } from './metrics';

const TEXT = `# HELP n_total x
n_total{controller="a",result="ok"} 2
n_total{controller="a",result="error"} 1 1700000000
n_total{controller="b",result="ok"} 9
n_total_more{controller="a"} 100
plain 1.5e+06
`;

test('samples of a family are summed, all of them or by the value of a label', () => {
  expect(totalIn(TEXT, 'n_total')).toBe(12);
  expect(totalsIn(TEXT, 'n_total', 'controller')).toEqual({ a: 3, b: 9 });
  expect(totalIn(TEXT, 'plain')).toBe(1_500_000);
});

test('what is not in the metrics is undefined and not 0', () => {
  expect([totalIn(TEXT, 'n'), totalIn(undefined, 'plain'), totalsIn(TEXT, 'm_total', 'a')]).toEqual([undefined, undefined, undefined]);
});

test('of a controller that tells nothing, nothing is in the reading', () => {
  expect(readingIn({ controller: undefined, 'kube-apiserver': undefined, etcd: undefined }, {})).toEqual({ cpuMs: {} });
  expect(differences({ cpuMs: {} }, { cpuMs: {} })).toEqual({});
});

test('processor time and memory are those of the controller’s own metrics where its process is not to be seen', () => {
  const controller = 'process_cpu_seconds_total 2\nprocess_resident_memory_bytes 5e+06\n';
  const reading = readingIn({ controller, 'kube-apiserver': undefined, etcd: undefined }, { etcd: 30 });
  expect(reading).toEqual({ cpuMs: { controller: 2000, etcd: 30 }, rssMb: 5 });
  expect(readingIn({ controller, 'kube-apiserver': undefined, etcd: undefined }, { controller: 7 }).cpuMs).toEqual({ controller: 7 });
});

test('counters are counted between two moments, and a controller that was not there began at 0', () => {
  const metrics = (n: number) => ({
    controller: n === 0 ? undefined : `controller_runtime_reconcile_total{controller="sandbox",result="success"} ${n}\n`,
    'kube-apiserver': `apiserver_watch_events_total{group="",resource="pods",version="v1"} ${n}\napiserver_watch_events_sizes_sum{resource="pods"} ${10 * n}\n`,
    etcd: `etcd_debugging_mvcc_put_total ${n}\n`,
  });
  const [before, after] = [readingIn(metrics(0), { etcd: 10 }), readingIn(metrics(4), { etcd: 10, controller: 5 })];
  const counted = { passes: { sandbox: 4 }, watchEvents: { pods: 4 }, watchBytes: { pods: 40 }, etcdPuts: 4 };
  expect(differences(before, after)).toEqual({ ...counted, cpuMs: { etcd: 0, controller: 5 } });
});

describe('requests', () => {
  const request = (change: Partial<Audited>): Audited => ({
    ...{ user: 'c', verb: 'patch', resource: 'sandboxes', namespace: 'bench', name: 'a', status: 200, isForbidden: false },
    ...{ receivedMs: 0, answeredMs: 0 },
    ...change,
  });
  const source = { file: '', actors: { c: 'controller', u: 'user' }, namespaces: ['bench'] };

  test('writes are counted by actor, those that were refused apart, and Leases not at all', () => {
    const cost = requestsCost(
      [
        ...[request({}), request({}), request({ status: 409 }), request({ verb: 'create', resource: 'leases' }), request({ resource: 'sandboxes/status' })],
        ...[request({ user: 'u', verb: 'create', resource: 'sandboxclaims' }), request({ user: 'else' }), request({ user: 'else', namespace: 'another' })],
      ],
      source,
    );
    expect(cost.writes).toEqual({
      controller: { 'patch sandboxes': 2, 'patch sandboxes/status': 1 },
      user: { 'create sandboxclaims': 1 },
      else: { 'patch sandboxes': 1 },
    });
    expect(cost.refused).toEqual({ controller: { 'patch sandboxes': 1 } });
  });

  test('reads are those of the controller that are no watch', () => {
    expect(
      requestsCost([request({ verb: 'get' }), request({ verb: 'list' }), request({ verb: 'watch' }), request({ verb: 'get', user: 'u' })], source).reads,
    ).toBe(2);
  });
});
