import { LEASE_NAME, SYSTEM_NAMESPACE } from '../../api/installation';
import { METRICS, PROCESS_METRICS } from '../../api/metrics';
import { Promql } from './promql';

/** An alert, and what the person whom it wakes needs to know. */
export interface Alert {
  readonly name: string;
  /** `critical`: agents are kept from working or are not shut in. `warning`: look at it by day. */
  readonly severity: 'critical' | 'warning';
  /** How long the expression holds before anybody is told, as Prometheus writes durations. */
  readonly for: string;
  readonly expr: string;
  /** One line; `{{ … }}` is filled in by Prometheus. */
  readonly summary: string;
  /** What is wrong, and who feels it. */
  readonly meaning: string;
  /** What to do at 3 a.m. */
  readonly action: string;
  /** Where the threshold and the time come from. */
  readonly source: string;
}

const kubectl = (command: string): string => `\`kubectl ${command}\``;
/** On what the installation brings. */
const own = (command: string): string => kubectl(`--namespace ${SYSTEM_NAMESPACE} ${command}`);
const LOG = own('logs deployment/agent-sandbox-controller');

/** All alerts, in the order in which to look at them when several come at once: what is higher explains what is lower. */
export const alertsOf = (job: string): readonly Alert[] => {
  const promql = new Promql(job);
  return [...processAlerts(promql), ...claimAlerts(promql), ...poolAlerts(promql), ...loopAlerts(promql), ...serverAlerts(promql)];
};

const processAlerts = (promql: Promql): readonly Alert[] => [
  {
    ...{ name: 'AgentSandboxControllerAbsent', severity: 'critical', for: '5m' },
    expr: `absent(${promql.up} == 1)`,
    summary: 'Prometheus reaches no controller of agent sandboxes',
    meaning: 'Sandboxes that run go on running, but nothing is created, claimed, suspended, resumed or deleted.',
    action:
      `See whether it runs: ${own('get pods')}, then describe the Pod and read its log. ` +
      'If it is Ready, only the scraping is broken: look at its target in Prometheus, and whether a NetworkPolicy keeps Prometheus out.',
    source: 'A rollout takes less than a minute; a Pod leaves a node that has died after 5 minutes, which is what Kubernetes adds to every Pod.',
  },
  {
    ...{ name: 'AgentSandboxNoLeader', severity: 'critical', for: '2m' },
    expr: `max(${promql.select(METRICS.leader, { name: `="${LEASE_NAME}"` })}) == 0`,
    summary: 'No controller of agent sandboxes holds the Lease',
    meaning: 'Processes of the controller run, but none may work: nothing is created, claimed, suspended, resumed or deleted.',
    action:
      `See who holds it: ${own(`get lease ${LEASE_NAME} --output yaml`)}. If spec.holderIdentity is no Pod of this Deployment, another ` +
      'implementation is installed too: remove one of the two. If nobody holds it, the log says "the Lease gives trouble", and why.',
    source: 'A Lease is free 15 s after its holder fell silent, and others ask for it every 2 s.',
  },
  {
    ...{ name: 'AgentSandboxControllerRestarts', severity: 'warning', for: '0s' },
    expr: `sum(changes(${promql.select(PROCESS_METRICS.startSeconds)}[1h])) > 2`,
    summary: 'The controller of agent sandboxes has restarted {{ $value }} times within an hour',
    meaning: 'Each restart is a pause of seconds for claims, and something makes it die.',
    action:
      `${own('describe pods')} says why it ended. OOMKilled: raise resources.memory.limit of AgentSandboxSystem. A failed liveness probe: see ` +
      `AgentSandboxEventLoopDelayed. Anything else: ${own('logs --previous deployment/agent-sandbox-controller')} ends with the reason.`,
    source: 'One restart can be a node and a second one its drain; a third is a pattern.',
  },
  {
    ...{ name: 'AgentSandboxEventLoopDelayed', severity: 'warning', for: '10m' },
    expr: `max(${promql.select(METRICS.eventLoopDelay)}) > 0.5`,
    summary: 'The controller of agent sandboxes answers {{ $value | humanizeDuration }} late',
    meaning: 'It has more to compute than it has processor time: everything that it does comes late, and at 10 s it loses the Lease and is restarted.',
    action:
      'See whether its node is crowded or a CPU limit throttles it (the installation sets none), and move or raise it. If neither, see on the dashboard ' +
      'which controller has the most passes: something changes its objects without end.',
    source: 'Four times the delay that was measured at 500 events a second on a crowded machine (docs/performance.md).',
  },
];

const claimAlerts = (promql: Promql): readonly Alert[] => {
  const by = 'sum by (sandbox_template)';
  const bound = `${by} (increase(${promql.select(METRICS.claimCreations)}[30m]))`;
  const ready = `${by} (increase(${promql.select(METRICS.claimControllerStartup, {}, '_count')}[30m]))`;
  const warm = promql.select(METRICS.claimControllerStartup, { launch_type: '="warm"' }, '_bucket');
  return [
    {
      ...{ name: 'AgentSandboxUnprotected', severity: 'critical', for: '0s' },
      expr: `sum by (controller) (increase(${promql.select(METRICS.unprotected)}[1h])) > 0`,
      summary: 'Sandboxes were made by {{ $labels.controller }} before the NetworkPolicy of their template',
      meaning:
        'For a time code ran in them that could reach what the template forbids, the cluster network included. Once the policy is there it holds for them too.',
      action:
        `The log names them: ${LOG} and look for "before the NetworkPolicy". See whether the policy is there by now: ` +
        `${kubectl('--namespace <theirs> get networkpolicy <template>-network-policy')}. If not, the log says why it cannot be made. Where untrusted code runs, delete these Sandboxes.`,
      source: 'The controller waits 5 s for the policy and then goes on, so that a stuck template does not stop every claim; none is expected.',
    },
    {
      ...{ name: 'AgentSandboxClaimsNotReady', severity: 'critical', for: '10m' },
      expr: `${bound} - (${ready} or 0 * ${bound}) > 0.2 * ${bound} and ${bound} > 5`,
      summary: '{{ $value | printf "%.0f" }} claims of template {{ $labels.sandbox_template }} got a Sandbox in the last 30 minutes that is not Ready',
      meaning: 'Of the claims that got a Sandbox in the last 30 minutes more than a fifth never became Ready: their agents wait.',
      action:
        `${kubectl('get sandboxclaims --all-namespaces')}, and describe one of those that are not Ready: the message of its condition Ready is that of its Sandbox. Then describe the Pod of ` +
        'that name: an image that cannot be pulled, no room on any node, a quota, or a readiness probe that fails. If the template was changed today, take that back.',
      source: 'A fifth is a choice. 30 minutes outlast a cold start with a new node and a large image; with 5 claims or less one would be a fifth.',
    },
    {
      ...{ name: 'AgentSandboxClaimsSlow', severity: 'warning', for: '10m' },
      expr: `histogram_quantile(0.9, sum by (sandbox_template, le) (rate(${warm}[10m]))) > 1000`,
      summary: 'A tenth of the warm claims of template {{ $labels.sandbox_template }} take more than {{ $value | printf "%.0f" }} ms',
      meaning: 'Claims get members of their pools, but late.',
      action:
        'The dashboard tells by stage where the time goes. "queued": see AgentSandboxQueueSlow. "transferred" and "published": the API server is slow or throttles, see AgentSandboxApiErrors and ' +
        'AgentSandboxApiThrottled, and ask those who run it.',
      source:
        'At 30 claims a second nine tenths took less than 90 ms, with 20 at a time less than 370 ms, on two processors for everything (docs/performance.md).',
    },
  ];
};

const poolAlerts = (promql: Promql): readonly Alert[] => {
  const by = 'sum by (namespace, warmpool_name)';
  const all = promql.select(METRICS.claimCreations);
  const cold = promql.select(METRICS.claimCreations, { launch_type: '="cold"' });
  const stocked = `max by (namespace, pool) (max_over_time(${promql.select(METRICS.members)}[1h])) > 0`;
  return [
    {
      ...{ name: 'AgentSandboxPoolEmpty', severity: 'warning', for: '10m' },
      expr: `max by (namespace, pool) (${promql.select(METRICS.members, { state: '="free"' })}) == 0 and sum by (namespace, pool) (${promql.once(METRICS.members)}) > 0`,
      summary: 'Pool {{ $labels.namespace }}/{{ $labels.pool }} has no member that a claim could have',
      meaning: 'The pool has members, but none of them becomes Ready before it is claimed or replaced: claims start cold, or wait.',
      action:
        `${kubectl('--namespace <its> get pods')} and describe one that is not Ready. If Pods start well and are claimed at once, the pool is too small: raise its replicas, or let an autoscaler do it. ` +
        'If they do not start, it is their image, their node, their quota or their readiness probe.',
      source: 'A pool fills at about 50 members a second (docs/performance.md); 10 minutes are a slow image.',
    },
    {
      ...{ name: 'AgentSandboxMembersHeld', severity: 'warning', for: '15m' },
      expr: `max by (namespace, pool) (${promql.select(METRICS.members, { state: '="held"' })}) > 0`,
      summary: 'Pool {{ $labels.namespace }}/{{ $labels.pool }} has {{ $value }} members that no node takes',
      meaning: 'Their Pods cannot be scheduled. The controller keeps them, because replacements could not be either; the pool stays smaller than asked for.',
      action:
        `${kubectl('--namespace <its> get events --field-selector reason=FailedScheduling')} says what is missing: processors, memory, a node with the RuntimeClass, a toleration. ` +
        'Add nodes, or lower the replicas of the pool.',
      source:
        'Members are held when they were not Ready within the grace period of 5 minutes (flag sandbox-warm-pool-readiness-grace-period); in 15 more an autoscaler has added a node.',
    },
    {
      ...{ name: 'AgentSandboxColdStarts', severity: 'warning', for: '15m' },
      expr:
        `${by} (rate(${cold}[15m])) / ${by} (rate(${all}[15m])) > 0.1 and ${by} (increase(${all}[15m])) > 5 ` +
        `and on (namespace, warmpool_name) label_replace(${stocked}, "warmpool_name", "$1", "pool", "(.+)")`,
      summary: '{{ $value | humanizePercentage }} of the claims of pool {{ $labels.namespace }}/{{ $labels.warmpool_name }} start cold',
      meaning: 'The pool exists so that claims need not wait for a Pod to start, and more than a tenth of them do.',
      action:
        'The dashboard tells the reasons. "empty_pool": raise its replicas or let an autoscaler follow the claims. "no_ip_in_time" and "stale": see AgentSandboxPoolEmpty. ' +
        '"env" and "volume_claim_templates": these claims ask for what no member has, and always start cold; if that is meant, leave this alert out.',
      source: 'A tenth is a choice. Pools that had no member within an hour are meant to be empty; with 5 claims or less one would be a tenth.',
    },
  ];
};

const loopAlerts = (promql: Promql): readonly Alert[] => {
  const errors = `sum by (controller) (rate(${promql.select(METRICS.passErrors)}[10m]))`;
  const passes = `sum by (controller) (rate(${promql.select(METRICS.passes)}[10m]))`;
  return [
    {
      ...{ name: 'AgentSandboxPassErrors', severity: 'warning', for: '15m' },
      expr: `${errors} / ${passes} > 0.1 and ${errors} > 0.1`,
      summary: '{{ $value | humanizePercentage }} of the passes of controller {{ $labels.controller }} fail',
      meaning: 'What these objects ask for is not done, or not all of it; each is tried again, less and less often.',
      action:
        `${LOG} and look for "pass failed": its "failures" have the answer of the API server. "exceeded quota" and "violates PodSecurity" are for the owner of the namespace, ` +
        '"forbidden: User" for the RBAC of the installation: apply it again.',
      source: 'An object that fails for good is tried at least once a minute: 0.1 a second are at most six such objects. A tenth is a choice.',
    },
    {
      ...{ name: 'AgentSandboxQueueSlow', severity: 'warning', for: '15m' },
      expr: `histogram_quantile(0.99, sum by (name, le) (rate(${promql.select(METRICS.queueSeconds, {}, '_bucket')}[10m]))) > 1`,
      summary: 'Objects of controller {{ $labels.name }} wait {{ $value | humanizeDuration }} for their turn',
      meaning: 'More changes than passes: what people and clients ask for is done late.',
      action:
        'See on the dashboard how long passes take. Long ones: the API server is slow, see AgentSandboxApiErrors and AgentSandboxApiThrottled. Short ones: all workers are busy; raise ' +
        'the flag <controller>-concurrent-workers, which the prop tuning can set. After a start with many objects this passes by itself.',
      source: 'A boundary of the buckets; at the rates of docs/performance.md nothing waits as long as that.',
    },
  ];
};

const serverAlerts = (promql: Promql): readonly Alert[] => {
  const share = (code: string): string => `sum(rate(${promql.select(METRICS.requests, { code })}[10m])) / sum(rate(${promql.select(METRICS.requests)}[10m]))`;
  return [
    {
      ...{ name: 'AgentSandboxApiErrors', severity: 'warning', for: '10m' },
      expr: `${share('=~"5..|<error>"')} > 0.05`,
      summary: '{{ $value | humanizePercentage }} of the requests of the controller of agent sandboxes fail in the API server or on the way',
      meaning: 'The controller tries again, so everything takes longer; nothing is lost.',
      action:
        'Ask those who run the control plane, or look at kube-apiserver and etcd yourself: kubectl get --raw "/readyz?verbose". "<error>" among the codes on the dashboard is no answer at all: the network, or a proxy.',
      source: 'A choice: single failures belong to every rollout of a control plane, one request in twenty for 10 minutes does not.',
    },
    {
      ...{ name: 'AgentSandboxApiThrottled', severity: 'warning', for: '10m' },
      expr: `${share('="429"')} > 0.01`,
      summary: '{{ $value | humanizePercentage }} of the requests of the controller of agent sandboxes are sent away by the API server',
      meaning: 'The API server has more requests than seats: claims take longer.',
      action:
        'apiserver_flowcontrol_rejected_requests_total of kube-apiserver names the priority level and who fills it. Give the controller a level of its own by a FlowSchema for its ' +
        'ServiceAccount, or lower the rate of refills: flag sandbox-warm-pool-max-refill-rate.',
      source: 'None is expected: the controller itself sends less while the API server is busy.',
    },
    {
      ...{ name: 'AgentSandboxWatchSilent', severity: 'warning', for: '5m' },
      expr: `max by (resource) (${promql.select(METRICS.watchAge)}) > 300`,
      summary: 'The controller of agent sandboxes has heard nothing of {{ $labels.resource }} for {{ $value | humanizeDuration }}',
      meaning: 'It does not see changes of these objects, and decides by what it last knew.',
      action:
        `${LOG} and look for "the API server gives trouble". "forbidden": apply the RBAC of the installation again. "not found": a CRD is gone. Otherwise it is the ` +
        'network between them.',
      source: 'The API server is heard every minute, and a watch that was silent for 90 s is opened anew: three times that have failed.',
    },
  ];
};
