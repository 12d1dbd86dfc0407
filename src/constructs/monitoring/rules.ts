import { CONTROLLER_NAME } from '../../api/installation';
import { nearest } from '../../api/nearest';
import { alertsOf, type Alert } from './alerts';
import type { AlertOptions } from './monitoring-options';

/** `spec` of a PrometheusRule, which is also the content of a rule file of Prometheus. `where` is the field path of the options, for errors. */
export function ruleGroups({ without = [], labels = {}, job = CONTROLLER_NAME }: AlertOptions, where: string): object {
  const alerts = alertsOf(checkedJob(job, where));
  const names = alerts.map(({ name }) => name);
  for (const name of without) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new Error(`${where}.without: there is no alert ${name}; ${near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`}`);
  }
  if ('severity' in labels) throw new Error(`${where}.labels.severity: found ${labels.severity}, but each alert has its own severity; leave it out`);
  const rules = alerts.filter(({ name }) => !without.includes(name)).map((alert) => rule(alert, labels));
  return { groups: [{ name: CONTROLLER_NAME, rules }] };
}

const rule = ({ name, severity, for: time, expr, summary, meaning, action }: Alert, labels: object): object => ({
  ...{ alert: name, expr, for: time, labels: { severity, ...labels }, annotations: { summary, description: `${meaning} ${action}` } },
});

/** It stands between quotes in every query. */
function checkedJob(job: string, where: string): string {
  if (/^[^"\\\n]+$/.test(job)) return job;
  throw new Error(`${where}.job: found ${JSON.stringify(job)}, expected the value of the label job, without quotes and backslashes`);
}
