import { LEASE_NAME } from '../../../api/installation';
import { leaseMsOf, type Lease } from '../../../runtime/lease';
import { failed, ok, warning, type Finding } from './finding';

/** In all namespaces: a controller in another one would work on the same objects. */
export const LEASES_PATH = `/apis/coordination.k8s.io/v1/leases?fieldSelector=${encodeURIComponent(`metadata.name=${LEASE_NAME}`)}`;

/** Whether a controller runs now, of this or of another implementation. */
export function judgeLeases(leases: readonly Lease[], namespace: string, nowMs: number): readonly Finding[] {
  if (leases.length === 0) return [ok('nobody has ever held it: no controller has run here')];
  return leases.map((lease) => judgeLease(lease, namespace, nowMs));
}

function judgeLease({ metadata, spec }: Lease, namespace: string, nowMs: number): Finding {
  const where = metadata.namespace ?? '';
  const { holderIdentity, renewTime } = spec ?? {};
  if (!holderIdentity || renewTime === undefined) return ok(`${where}: released, no controller runs`);
  const ageMs = nowMs - Date.parse(renewTime);
  const held = `${where}: held by ${holderIdentity}, renewed ${Math.round(ageMs / 1000)} s ago`;
  if (ageMs > leaseMsOf(spec)) return ok(`${held}, which is longer than it holds: that controller has ended`);
  const stop = `kubectl -n ${where} scale deployment agent-sandbox-controller --replicas=0`;
  if (where !== namespace) return failed(`${held}, outside of ${namespace}: two controllers would work on the same objects`, `stop that one first: ${stop}`);
  return warning(`${held}: a controller runs`, `nothing, if this is the one to be upgraded; another implementation has to be stopped first: ${stop}`);
}
