import type { Settings } from '../controllers/index';
import type { Settings as SandboxSettings } from '../controllers/sandbox/observe';
import type { Options } from './options';

/** What the flags say to the controllers. */
export const settingsOf = (options: Options): Settings => ({ sandbox: sandboxSettingsOf(options), areTemplatesLabelled: options.isSet('label-templates') });

const sandboxSettingsOf = (options: Options): SandboxSettings => ({
  clusterDomain: options.text('cluster-domain'),
  createdByValues: options.list('created-by-values'),
  isWarmPoolEvictionEnabled: options.isSet('enable-warm-pool-eviction'),
  isPodSandboxUidLabelled: options.isSet('pod-sandbox-uid-label'),
  areEventsDisabled: options.isSet('disable-sandbox-events'),
  transitionalStatusWindowMs: options.durationMs('sandbox-transitional-status-window'),
  writeBehindWindowMs: options.durationMs('sandbox-write-behind-window'),
});
