import { Metrics } from '../../src/runtime/metrics';
import { VirtualClock } from '../support/virtual-clock';

let clock: VirtualClock;
let metrics: Metrics;

beforeEach(() => {
  clock = new VirtualClock();
  metrics = new Metrics(clock);
});

/** The samples of the families whose names begin so, histograms without their buckets. */
async function samples(...prefixes: readonly string[]): Promise<readonly string[]> {
  const lines = (await metrics.text()).split('\n');
  return lines.filter((line) => prefixes.some((prefix) => line.startsWith(prefix)) && !line.includes('_bucket{'));
}

test('has every family of the spec under its name, type and labels as soon as the process has started', async () => {
  const queue = metrics.queueObserver('sandbox');
  metrics.measureLoop({ name: 'sandbox', workQueue: { depth: 0, workingForMs: [] } }, 1);
  metrics.measureWatches([{ resource: 'pods', heardAtMs: 0, relists: 0 }]);
  queue.started(1);
  queue.ended(1);
  metrics.passed({ controller: 'sandbox', result: 'success', tookMs: 1 });
  metrics.httpSeen({ code: '200', host: 'h', method: 'GET' });
  metrics.requestSeen({ verb: 'patch', resource: 'sandboxes/status', purpose: 'sandbox', traffic: 'claim', status: 409 });
  metrics.eventDropped('queue_full');
  metrics.leads('lease', false);
  const text = await metrics.text();
  const family = (name: string): readonly unknown[] => {
    const type = new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(text)?.[1];
    const labels = new RegExp(`^${name}(?:_sum)?(?:\\{(.*)\\})? `, 'm').exec(text)?.[1] ?? '';
    return [name, type, [...labels.matchAll(/(\w+)=/g)].map(([, label]) => label).sort()];
  };
  const expected: ReadonlyArray<readonly [string, string, readonly string[]]> = [
    ['controller_runtime_reconcile_total', 'counter', ['controller', 'result']],
    ['controller_runtime_reconcile_errors_total', 'counter', ['controller']],
    ['controller_runtime_reconcile_time_seconds', 'histogram', ['controller']],
    ['controller_runtime_max_concurrent_reconciles', 'gauge', ['controller']],
    ['controller_runtime_active_workers', 'gauge', ['controller']],
    ['workqueue_depth', 'gauge', ['name']],
    ['workqueue_adds_total', 'counter', ['name']],
    ['workqueue_queue_duration_seconds', 'histogram', ['name']],
    ['workqueue_work_duration_seconds', 'histogram', ['name']],
    ['workqueue_unfinished_work_seconds', 'gauge', ['name']],
    ['workqueue_longest_running_processor_seconds', 'gauge', ['name']],
    ['workqueue_retries_total', 'counter', ['name']],
    ['rest_client_requests_total', 'counter', ['code', 'host', 'method']],
    ['leader_election_master_status', 'gauge', ['name']],
    ['agent_sandbox_ext_api_writes_total', 'counter', ['path', 'resource', 'verb']],
    ['agent_sandbox_ext_conflicts_total', 'counter', ['resolution', 'resource']],
    ['agent_sandbox_ext_events_dropped_total', 'counter', ['reason']],
    ['agent_sandbox_ext_watch_age_seconds', 'gauge', ['resource']],
    ['agent_sandbox_ext_relists_total', 'counter', ['resource']],
    ['agent_sandbox_ext_event_loop_delay_seconds', 'gauge', []],
    ['process_cpu_seconds_total', 'counter', []],
    ['process_resident_memory_bytes', 'gauge', []],
    ['process_virtual_memory_bytes', 'gauge', []],
    ['process_start_time_seconds', 'gauge', []],
    ['process_open_fds', 'gauge', []],
    ['process_max_fds', 'gauge', []],
  ];
  expect(expected.map(([name]) => family(name))).toEqual(expected);
});

test('a controller that has done nothing yet shows zeros, so that a rate can be taken from the first pass on', async () => {
  metrics.queueObserver('sandbox');
  metrics.measureLoop({ name: 'sandbox', workQueue: { depth: 0, workingForMs: [] } }, 100);
  expect(await samples('controller_runtime_reconcile', 'controller_runtime_max', 'workqueue_adds', 'workqueue_retries')).toEqual([
    'controller_runtime_reconcile_total{controller="sandbox",result="success"} 0',
    'controller_runtime_reconcile_total{controller="sandbox",result="error"} 0',
    'controller_runtime_reconcile_total{controller="sandbox",result="requeue"} 0',
    'controller_runtime_reconcile_total{controller="sandbox",result="requeue_after"} 0',
    'controller_runtime_reconcile_errors_total{controller="sandbox"} 0',
    'controller_runtime_max_concurrent_reconciles{controller="sandbox"} 100',
    'workqueue_adds_total{name="sandbox"} 0',
    'workqueue_retries_total{name="sandbox"} 0',
  ]);
});

test('passes are counted by result, and their time in seconds', async () => {
  metrics.passed({ controller: 'sandbox', result: 'success', tookMs: 200 });
  metrics.passed({ controller: 'sandbox', result: 'requeue_after', tookMs: 100 });
  metrics.passed({ controller: 'sandbox', result: 'error', tookMs: 1200 });
  expect(await samples('controller_runtime_reconcile')).toEqual([
    'controller_runtime_reconcile_total{controller="sandbox",result="success"} 1',
    'controller_runtime_reconcile_total{controller="sandbox",result="requeue_after"} 1',
    'controller_runtime_reconcile_total{controller="sandbox",result="error"} 1',
    'controller_runtime_reconcile_errors_total{controller="sandbox"} 1',
    'controller_runtime_reconcile_time_seconds_sum{controller="sandbox"} 1.5',
    'controller_runtime_reconcile_time_seconds_count{controller="sandbox"} 3',
  ]);
  expect(await metrics.text()).toContain('controller_runtime_reconcile_time_seconds_bucket{le="0.2",controller="sandbox"} 2');
});

test('a queue shows what waits, what is worked on and for how long', async () => {
  const queue = metrics.queueObserver('sandbox');
  metrics.measureLoop({ name: 'sandbox', workQueue: { depth: 7, workingForMs: [500, 2500] } }, 2);
  queue.added();
  queue.retried();
  queue.started(1500);
  queue.ended(250);
  expect(await samples('workqueue', 'controller_runtime_active')).toEqual([
    'workqueue_adds_total{name="sandbox"} 1',
    'workqueue_retries_total{name="sandbox"} 1',
    'workqueue_queue_duration_seconds_sum{name="sandbox"} 1.5',
    'workqueue_queue_duration_seconds_count{name="sandbox"} 1',
    'workqueue_work_duration_seconds_sum{name="sandbox"} 0.25',
    'workqueue_work_duration_seconds_count{name="sandbox"} 1',
    'workqueue_depth{name="sandbox"} 7',
    'workqueue_unfinished_work_seconds{name="sandbox"} 3',
    'workqueue_longest_running_processor_seconds{name="sandbox"} 2.5',
    'controller_runtime_active_workers{controller="sandbox"} 2',
  ]);
});

test('only writes are counted as writes, by purpose, and a conflict among them on its own', async () => {
  const seen = { resource: 'sandboxes', purpose: 'refill', traffic: 'bulk' } as const;
  metrics.requestSeen({ ...seen, verb: 'create', status: 201 });
  metrics.requestSeen({ ...seen, verb: 'patch', status: 409 });
  metrics.requestSeen({ ...seen, verb: 'delete' });
  metrics.requestSeen({ ...seen, verb: 'get', status: 200 });
  metrics.requestSeen({ ...seen, verb: 'list', status: 409 });
  expect(await samples('agent_sandbox_ext_api', 'agent_sandbox_ext_conflicts')).toEqual([
    'agent_sandbox_ext_api_writes_total{verb="create",resource="sandboxes",path="refill"} 1',
    'agent_sandbox_ext_api_writes_total{verb="patch",resource="sandboxes",path="refill"} 1',
    'agent_sandbox_ext_api_writes_total{verb="delete",resource="sandboxes",path="refill"} 1',
    'agent_sandbox_ext_conflicts_total{resource="sandboxes",resolution="reread"} 1',
  ]);
});

test('a watch shows how long it has been silent and how often it had to begin anew', async () => {
  metrics.measureWatches([{ resource: 'pods', heardAtMs: 1000, relists: 2 }]);
  await clock.advance(3500);
  const expected = ['agent_sandbox_ext_watch_age_seconds{resource="pods"} 2.5', 'agent_sandbox_ext_relists_total{resource="pods"} 2'];
  expect(await samples('agent_sandbox_ext_watch', 'agent_sandbox_ext_relists')).toEqual(expected);
  expect(await samples('agent_sandbox_ext_watch', 'agent_sandbox_ext_relists')).toEqual(expected);
});

test('the leader is the one with the 1', async () => {
  metrics.leads('the-lease', false);
  expect(await samples('leader_election')).toEqual(['leader_election_master_status{name="the-lease"} 0']);
  metrics.leads('the-lease', true);
  expect(await samples('leader_election')).toEqual(['leader_election_master_status{name="the-lease"} 1']);
});
