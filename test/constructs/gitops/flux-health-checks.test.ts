import { run, type CelInput } from '@bufbuild/cel';
import { FluxHealthChecks, type FluxHealthCheck } from '../../../src/constructs/gitops/flux-health-checks';
import { HEALTH_CASES } from './health-cases';

/** What Flux reads of an object before it asks the expressions. */
interface Observed {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly observedGeneration?: number };
}

/**
 * What Flux makes of an object (its RFC 0009): an old status.observedGeneration is in progress; otherwise the first expression that is true
 * decides. One that cannot be evaluated makes the status unknown, for which Flux waits as for one in progress.
 */
function statusOf(check: FluxHealthCheck, object: object): string {
  // Manifests are JSON, which CEL takes as it is.
  const manifest = JSON.parse(JSON.stringify(object)) as Observed & Record<string, CelInput>;
  if ((manifest.status?.observedGeneration ?? manifest.metadata.generation) !== manifest.metadata.generation) return 'InProgress';
  const asked = [check.inProgress, check.failed, check.current].map((expression) => (expression === undefined ? false : run(expression, manifest)));
  const first = asked.findIndex((answer) => answer !== false);
  if (first >= 0 && asked[first] !== true) return 'Unknown';
  return ['InProgress', 'Failed', 'Current'][first] ?? 'InProgress';
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

test.each(['Sandbox', 'SandboxClaim', 'SandboxWarmPool'])('a %s that has no status at all is waited for', (kind) => {
  expect(['Unknown', 'InProgress']).toContain(statusOf(checkOf(kind), { metadata: { name: 'a', generation: 1 }, spec: {} }));
});

test('each kind is named with the version that the CRDs serve', () => {
  expect(FluxHealthChecks.expressions().map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
    'agents.x-k8s.io/v1beta1 Sandbox',
    'extensions.agents.x-k8s.io/v1beta1 SandboxClaim',
    'extensions.agents.x-k8s.io/v1beta1 SandboxWarmPool',
    'extensions.agents.x-k8s.io/v1beta1 SandboxTemplate',
  ]);
});
