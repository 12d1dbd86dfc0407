import { run, type CelInput } from '@bufbuild/cel';
import { FluxHealthChecks, type FluxHealthCheck } from '../../../src/constructs/gitops/flux-health-checks';
import { HEALTH_CASES } from './health-cases';

/** What Flux makes of an object: the expressions in the order in which it asks them. */
function statusOf(check: FluxHealthCheck, object: object): string {
  // Manifests are JSON, which CEL takes as it is.
  const holds = (expression: string | undefined) => expression !== undefined && run(expression, JSON.parse(JSON.stringify(object)) as Record<string, CelInput>);
  const ask = (expression: string | undefined): boolean => {
    const answer = holds(expression);
    if (typeof answer !== 'boolean') throw new Error(`${expression}: ${JSON.stringify(answer)}`);
    return answer;
  };
  if (ask(check.inProgress)) return 'InProgress';
  if (ask(check.failed)) return 'Failed';
  return ask(check.current) ? 'Current' : 'InProgress';
}

const FLUX_STATUS = { Healthy: 'Current', Suspended: 'Current', Progressing: 'InProgress', Degraded: 'Failed' } as const;

const checkOf = (kind: string): FluxHealthCheck => {
  const check = FluxHealthChecks.expressions().find((candidate) => candidate.kind === kind);
  if (!check) throw new Error(`no expressions for ${kind}`);
  return check;
};

test.each(HEALTH_CASES.map((row) => ({ ...row, status: FLUX_STATUS[row.health] })))('$name is $status', ({ kind, object, status }) => {
  expect(statusOf(checkOf(kind), object)).toBe(status);
});

test('each kind is named with the version that the CRDs serve', () => {
  expect(FluxHealthChecks.expressions().map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
    'agents.x-k8s.io/v1beta1 Sandbox',
    'extensions.agents.x-k8s.io/v1beta1 SandboxClaim',
    'extensions.agents.x-k8s.io/v1beta1 SandboxWarmPool',
    'extensions.agents.x-k8s.io/v1beta1 SandboxTemplate',
  ]);
});
