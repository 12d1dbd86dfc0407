import { TUNING_CONFIG_MAP } from '../../../api/installation';
import type { ConfigMap } from '../../configuration';
import { OptionsError, tuned } from '../../options';
import { failed, ok, warning, type Finding } from './finding';

/** Whether this release starts with the ConfigMap that tunes the controller, and what it would make of it. */
export function judgeTuning(configMap: ConfigMap | undefined): readonly Finding[] {
  if (!configMap) return [ok(`no ConfigMap ${TUNING_CONFIG_MAP}: the flags decide`)];
  try {
    const { given, skipped } = tuned(new Map(), configMap.data ?? {});
    if (skipped.length === 0) return [ok(`${TUNING_CONFIG_MAP}: every key is known, ${given.size} tune the controller`)];
    return skipped.map((reason) => warning(`${TUNING_CONFIG_MAP}: ${reason}, so it has no effect`, 'take the key out, or correct its name'));
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    return [failed(`${TUNING_CONFIG_MAP}: ${error.message}`, 'correct the values: the controller does not start with them')];
  }
}
