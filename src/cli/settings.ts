import type { Settings as ClaimSettings } from '../controllers/claim/observe';
import type { Settings } from '../controllers/index';
import type { Settings as SandboxSettings } from '../controllers/sandbox/observe';
import type { Settings as WarmPoolSettings } from '../controllers/warm-pool/observe';
import type { Options } from './options';

/** What the flags, and the list of label domains, say to the controllers. */
export const settingsOf = (options: Options, labelDomains: readonly string[]): Settings => ({
  sandbox: sandboxSettingsOf(options),
  claim: claimSettingsOf(options, labelDomains),
  warmPool: warmPoolSettingsOf(options),
  areTemplatesLabelled: options.isSet('label-templates'),
});

const sandboxSettingsOf = (options: Options): SandboxSettings => ({
  clusterDomain: options.text('cluster-domain'),
  createdByValues: options.list('created-by-values'),
  isWarmPoolEvictionEnabled: options.isSet('enable-warm-pool-eviction'),
  isPodSandboxUidLabelled: options.isSet('pod-sandbox-uid-label'),
  isAdoptionLean: options.isSet('lean-adoption'),
  areEventsDisabled: options.isSet('disable-sandbox-events'),
  transitionalStatusWindowMs: options.durationMs('sandbox-transitional-status-window'),
  writeBehindWindowMs: options.durationMs('sandbox-write-behind-window'),
});

const claimSettingsOf = (options: Options, labelDomains: readonly string[]): ClaimSettings => ({
  labelDomains,
  createdByValues: options.list('created-by-values'),
  warmCandidateGraceMs: options.durationMs('sandbox-claim-warm-candidate-grace-period'),
  emptyPoolWaitMs: options.durationMs('claim-empty-pool-wait'),
  isAdoptionLean: options.isSet('lean-adoption'),
  isPodNameWritten: options.isSet('legacy-pod-name-annotation'),
  areEventsDisabled: options.isSet('disable-claim-events'),
  areTimesDisabled: options.isSet('disable-claim-observability-annotations'),
  isFirstReadyWritten: options.isSet('claim-first-ready-annotation'),
  transitionalStatusWindowMs: options.durationMs('sandbox-transitional-status-window'),
});

const warmPoolSettingsOf = (options: Options): WarmPoolSettings => ({
  maxBatchSize: options.number('sandbox-warm-pool-max-batch-size'),
  replenishDelayMs: options.durationMs('sandbox-warm-pool-replenish-delay'),
  maxRefillRate: options.number('sandbox-warm-pool-max-refill-rate'),
  readinessGracePeriodMs: options.durationMs('sandbox-warm-pool-readiness-grace-period'),
  unschedulableRecheckMs: options.durationMs('sandbox-warm-pool-unschedulable-recheck-interval'),
  isWarmPoolEvictionEnabled: options.isSet('enable-warm-pool-eviction'),
  isAdoptionLean: options.isSet('lean-adoption'),
  refillMinFreePercent: options.number('refill-min-free-percent'),
});
