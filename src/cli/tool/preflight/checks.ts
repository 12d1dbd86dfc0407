import { TUNING_CONFIG_MAP } from '../../../api/installation';
import { KINDS } from '../../../api/kinds';
import { SERVICES } from '../../../controllers/shared/objects';
import type { Lease } from '../../../runtime/lease';
import { CONFIG_MAPS } from '../../configuration';
import { lookAtCallerRights } from './caller-rights';
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  isOfController,
  judgeControllerRights,
  ROLE_BINDINGS,
  ROLES,
  type Binding,
  type Held,
} from './controller-rights';
import { CRDS, judgeCrd } from './crds';
import type { Finding } from './finding';
import { judgeLeases, LEASES_PATH } from './lease';
import { judgeLeftOvers, SECRETS, WEBHOOK_SECRET, WEBHOOK_SERVICE } from './left-overs';
import { DAEMON_SETS, judgeNetworkPolicies } from './network-policies';
import type { Reader } from './reader';
import { judgeRuntimeClasses, RUNTIME_CLASSES } from './runtime-classes';
import { judgeServerVersion, type ServerVersion } from './server-version';
import { judgeTuning } from './tuning';

/** What is asked, and where. */
export interface Question {
  readonly reader: Reader;
  /** Namespace of the controller. */
  readonly namespace: string;
  readonly nowMs: number;
}

/** One thing to look at. */
export interface Check {
  readonly name: string;
  /** Throws an UnreadableError where the server does not tell. */
  look(question: Question): Promise<readonly Finding[]>;
}

/** All that is looked at, in the order of the report. */
export const CHECKS: readonly Check[] = [
  { name: 'server version', look: async ({ reader }) => [judgeServerVersion(await reader.read<ServerVersion>('/version'))] },
  { name: 'CRDs', look: crds },
  { name: 'your rights', look: ({ reader, namespace }) => lookAtCallerRights((right) => reader.may(right), namespace) },
  {
    name: 'controller rights',
    look: async ({ reader, namespace }) => judgeControllerRights(await rolesOfController(reader, namespace), namespace),
  },
  { name: 'other controllers', look: async ({ reader, namespace, nowMs }) => judgeLeases((await reader.read<LeaseList>(LEASES_PATH)).items, namespace, nowMs) },
  { name: 'left-overs', look: async ({ reader, namespace }) => judgeLeftOvers(await leftOvers(reader, namespace), namespace) },
  { name: 'tuning', look: async ({ reader, namespace }) => judgeTuning(await reader.find(CONFIG_MAPS, { namespace, name: TUNING_CONFIG_MAP })) },
  { name: 'runtime classes', look: async ({ reader }) => judgeRuntimeClasses(await reader.list(RUNTIME_CLASSES, '')) },
  { name: 'network policies', look: async ({ reader }) => judgeNetworkPolicies(await reader.list(DAEMON_SETS, '')) },
];

interface LeaseList {
  readonly items: readonly Lease[];
}

async function crds({ reader }: Question): Promise<readonly Finding[]> {
  const names = KINDS.map(({ plural, group }) => `${plural}.${group}`);
  const found = await Promise.all(names.map(async (name) => judgeCrd(name, await reader.find(CRDS, { namespace: '', name }))));
  return found.flat();
}

async function rolesOfController(reader: Reader, namespace: string): Promise<readonly Held[]> {
  const bindings = [...(await reader.list(CLUSTER_ROLE_BINDINGS, '')), ...(await reader.list(ROLE_BINDINGS, ''))];
  const held = bindings.filter((binding) => isOfController(binding, namespace)).map((binding) => findRole(reader, binding));
  return (await Promise.all(held)).flatMap((found) => found ?? []);
}

/** A binding may name a role that is not there. */
async function findRole(reader: Reader, binding: Binding): Promise<Held | undefined> {
  const { kind, name } = binding.roleRef;
  const role =
    kind === 'ClusterRole' ? reader.find(CLUSTER_ROLES, { namespace: '', name }) : reader.find(ROLES, { namespace: binding.metadata.namespace ?? '', name });
  const found = await role;
  return found && { binding, role: found };
}

async function leftOvers(reader: Reader, namespace: string): Promise<Parameters<typeof judgeLeftOvers>[0]> {
  const service = await reader.find(SERVICES, { namespace, name: WEBHOOK_SERVICE });
  const secret = await reader.find(SECRETS, { namespace, name: WEBHOOK_SECRET });
  const [roles, bindings] = await Promise.all([reader.list(ROLES, namespace), reader.list(ROLE_BINDINGS, namespace)]);
  return { roles, bindings, ...(service && { service }), ...(secret && { secret }) };
}
