import { PACKAGE_VERSION } from '../../api/version';
import type { Metrics } from '../../runtime/metrics';

/** What `agent_sandbox_build_info` tells beside the runtime. */
export interface Build {
  /** Commit that was built; `unknown` outside of a release. */
  readonly commit: string;
  /** RFC 3339; `unknown` outside of a release. */
  readonly date: string;
}

/** Shows which build runs (spec 02 §8.1). The names of the labels are those of the Go implementation; dashboards ask for them. */
export function addBuildInfo(metrics: Metrics, { commit, date }: Build): void {
  const labelNames = ['git_version', 'git_commit', 'build_date', 'go_version', 'compiler', 'platform'] as const;
  metrics.gauge({ name: 'agent_sandbox_build_info', help: 'Always 1; the labels tell what runs.', labelNames }).set(
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

/** As container images name them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm: 'arm', arm64: 'arm64', ia32: '386' };
