import { METRICS, PROCESS_METRICS } from '../../api/metrics';
import { Promql } from './promql';

/** A query of a panel, and what its lines are called. */
export interface Query {
  readonly expr: string;
  /** As Grafana fills it in: `{{pool}}`. */
  readonly legend: string;
}

/** A diagram. */
export interface Panel {
  readonly title: string;
  /** Unit as Grafana names it. */
  readonly unit: 'short' | 'ops' | 'ms' | 's' | 'percentunit' | 'bytes';
  readonly queries: readonly Query[];
}

/** Diagrams under one heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

// What the dashboard lets people choose.
const promql = new Promql('$job');
const IN_NAMESPACE = '=~"$namespace"';

const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;
const query = (expr: string, legend: string): Query => ({ expr, legend });
/** Half, nine tenths and all but a hundredth of what a histogram has seen. */
const quantiles = (buckets: string): readonly Query[] =>
  [0.5, 0.9, 0.99].map((share) => query(`histogram_quantile(${share}, sum by (le) (${rate(buckets)}))`, `p${share * 100}`));
const startup = (launchType: string): readonly Query[] =>
  quantiles(promql.select(METRICS.claimControllerStartup, { launch_type: `="${launchType}"` }, '_bucket'));

const claims = rate(promql.select(METRICS.claimCreations, { namespace: IN_NAMESPACE }));
const warmClaims = rate(promql.select(METRICS.claimCreations, { namespace: IN_NAMESPACE, launch_type: '="warm"' }));
const members = promql.once(METRICS.members, { namespace: IN_NAMESPACE });
const sandboxes = (matchers: Partial<Record<'owned_by' | 'ready_condition' | 'operating_mode' | 'expired', string>> = {}): string =>
  promql.once(METRICS.sandboxes, { namespace: IN_NAMESPACE, ...matchers });

const CLAIMS: Row = {
  title: 'Claims',
  panels: [
    { title: 'Claims that got a Sandbox', unit: 'ops', queries: [query(`sum by (launch_type) (${claims})`, '{{launch_type}}')] },
    {
      title: 'Share of warm claims, by pool',
      unit: 'percentunit',
      queries: [query(`sum by (warmpool_name) (${warmClaims}) / sum by (warmpool_name) (${claims})`, '{{warmpool_name}}')],
    },
    {
      title: 'Claims that wait for a member',
      unit: 'short',
      queries: [query(promql.once(METRICS.claimsWaiting, { namespace: IN_NAMESPACE }), '{{namespace}}/{{pool}}')],
    },
    { title: 'Warm claims: until Ready', unit: 'ms', queries: startup('warm') },
    { title: 'Cold claims: until Ready', unit: 'ms', queries: startup('cold') },
    {
      ...{ title: 'Time in each stage, p90', unit: 's' },
      queries: [query(`histogram_quantile(0.9, sum by (stage, le) (${rate(promql.select(METRICS.claimStages, {}, '_bucket'))}))`, '{{stage}}')],
    },
    { title: 'Why claims start cold', unit: 'ops', queries: [query(`sum by (reason) (${rate(promql.select(METRICS.coldStarts))})`, '{{reason}}')] },
    {
      ...{ title: 'Writes per claim', unit: 'short' },
      queries: [
        query(
          `sum(${rate(promql.select(METRICS.writes, { path: '="claim"' }))}) / sum(${rate(promql.select(METRICS.claimCreations))})`,
          'writes of the claim path',
        ),
      ],
    },
    {
      title: 'What is to be zero',
      unit: 'short',
      queries: [
        query(`sum(increase(${promql.select(METRICS.duplicates)}[$__rate_interval]))`, 'second Sandboxes of a claim, deleted'),
        query(`sum(increase(${promql.select(METRICS.unprotected)}[$__rate_interval]))`, 'Sandboxes made before their NetworkPolicy'),
      ],
    },
  ],
};

const POOLS: Row = {
  title: 'Pools and Sandboxes',
  panels: [
    {
      title: 'Free members, by pool',
      unit: 'short',
      queries: [query(promql.once(METRICS.members, { namespace: IN_NAMESPACE, state: '="free"' }), '{{namespace}}/{{pool}}')],
    },
    { title: 'Members, by state', unit: 'short', queries: [query(`sum by (state) (${members})`, '{{state}}')] },
    {
      title: 'From the creation of a Sandbox to Ready',
      unit: 'ms',
      queries: quantiles(promql.select(METRICS.creation, { namespace: IN_NAMESPACE }, '_bucket')),
    },
    { title: 'Sandboxes, by owner', unit: 'short', queries: [query(`sum by (owned_by) (${sandboxes()})`, '{{owned_by}}')] },
    { title: 'Sandboxes, by what they are to do', unit: 'short', queries: [query(`sum by (operating_mode) (${sandboxes()})`, '{{operating_mode}}')] },
    {
      ...{ title: 'Claimed Sandboxes that are to run and are not Ready, by template', unit: 'short' },
      queries: [
        query(
          `sum by (sandbox_template) (${sandboxes({ owned_by: '="SandboxClaim"', ready_condition: '="false"', operating_mode: '="Running"', expired: '="false"' })})`,
          '{{sandbox_template}}',
        ),
      ],
    },
  ],
};

const CONTROLLER: Row = {
  title: 'Controller',
  panels: [
    { title: 'Who leads', unit: 'short', queries: [query(promql.select(METRICS.leader), '{{instance}}')] },
    { title: 'Passes, by controller', unit: 'ops', queries: [query(`sum by (controller) (${rate(promql.select(METRICS.passes))})`, '{{controller}}')] },
    {
      title: 'Passes that fail, by controller',
      unit: 'ops',
      queries: [query(`sum by (controller) (${rate(promql.select(METRICS.passErrors))})`, '{{controller}}')],
    },
    { title: 'Keys that wait for a worker', unit: 'short', queries: [query(`sum by (name) (${promql.select(METRICS.queueDepth)})`, '{{name}}')] },
    {
      ...{ title: 'Wait for a worker, p99', unit: 's' },
      queries: [query(`histogram_quantile(0.99, sum by (name, le) (${rate(promql.select(METRICS.queueSeconds, {}, '_bucket'))}))`, '{{name}}')],
    },
    {
      ...{ title: 'Duration of passes, p99', unit: 's' },
      queries: [query(`histogram_quantile(0.99, sum by (controller, le) (${rate(promql.select(METRICS.passSeconds, {}, '_bucket'))}))`, '{{controller}}')],
    },
    { title: 'Memory', unit: 'bytes', queries: [query(promql.select(PROCESS_METRICS.residentBytes), '{{instance}}')] },
    { title: 'Processors in use', unit: 'short', queries: [query(rate(promql.select(PROCESS_METRICS.cpuSeconds)), '{{instance}}')] },
    { title: 'Delay of the event loop, p99', unit: 's', queries: [query(promql.select(METRICS.eventLoopDelay), '{{instance}}')] },
  ],
};

const SERVER: Row = {
  title: 'API server, as the controller sees it',
  panels: [
    { title: 'Requests, by answer', unit: 'ops', queries: [query(`sum by (code) (${rate(promql.select(METRICS.requests))})`, '{{code}}')] },
    { title: 'Writes, by purpose', unit: 'ops', queries: [query(`sum by (path) (${rate(promql.select(METRICS.writes))})`, '{{path}}')] },
    { title: 'Writes based on an old state', unit: 'ops', queries: [query(`sum by (resource) (${rate(promql.select(METRICS.conflicts))})`, '{{resource}}')] },
    { title: 'Silence of watches', unit: 's', queries: [query(`max by (resource) (${promql.select(METRICS.watchAge)})`, '{{resource}}')] },
    { title: 'Whole states read again', unit: 'ops', queries: [query(`sum by (resource) (${rate(promql.select(METRICS.relists))})`, '{{resource}}')] },
    { title: 'Events not sent', unit: 'ops', queries: [query(`sum by (reason) (${rate(promql.select(METRICS.droppedEvents))})`, '{{reason}}')] },
  ],
};

/** The dashboard from top to bottom. */
export const ROWS: readonly Row[] = [CLAIMS, POOLS, CONTROLLER, SERVER];
