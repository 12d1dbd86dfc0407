import { METRICS } from '../../api/metrics';
import { PACKAGE_VERSION } from '../../api/version';
import type { Metrics } from '../../runtime/metrics';
import type { PassSeen } from '../../runtime/reconcile';
import { SANDBOXES } from './objects';
import { UNPROTECTED_RULE } from './protection';

/** What `agent_sandbox_build_info` tells beside the runtime. */
export interface Build {
  /** Commit that was built; `unknown` outside of a release. */
  readonly commit: string;
  /** RFC 3339; `unknown` outside of a release. */
  readonly date: string;
}

/** Shows which build runs (spec 02 §8.1). */
export function addBuildInfo(metrics: Metrics, { commit, date }: Build): void {
  metrics.gauge(METRICS.buildInfo).set(
    {
      git_version: `v${PACKAGE_VERSION}`,
      git_commit: commit,
      build_date: date,
      go_version: `node${process.versions.node}`,
      compiler: 'v8',
      platform: `${process.platform}/${ARCHITECTURES[process.arch] ?? process.arch}`,
    },
    1,
  );
}

/** Counts Sandboxes that were made before the NetworkPolicy of their template (spec 04 §3). Answers how many a pass has made. */
export function countUnprotected(metrics: Metrics): (pass: Pick<PassSeen, 'controller' | 'rules' | 'writes'>) => number {
  const made = metrics.counter(METRICS.unprotected);
  // Only a growth can be told from a start: the first such Sandbox must be one.
  for (const controller of MAKERS) made.inc({ controller }, 0);
  return ({ controller, rules, writes }) => {
    const count = rules.includes(UNPROTECTED_RULE) ? writes.filter((write) => write.startsWith(`POST ${SANDBOXES.kind} `)).length : 0;
    if (count > 0) made.inc({ controller }, count);
    return count;
  };
}

/** The controllers that make Sandboxes. */
const MAKERS = ['sandboxclaim', 'sandboxwarmpool'];

/** As container images name them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm: 'arm', arm64: 'arm64', ia32: '386' };
