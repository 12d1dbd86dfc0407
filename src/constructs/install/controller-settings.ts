import { memberName } from '../../api/flag';
import { FLAGS } from '../../api/flags';
import { ALLOWED_LABEL_DOMAINS, SYSTEM_NAMESPACE } from '../../api/installation';
import { isDnsSubdomain } from '../../api/names';
import { ControllerImage, type ControllerProgram } from './controller-image';
import { flagValues } from './flag-members';
import type { AgentSandboxSystemProps, ControllerTuning } from './system-props';

/** What the props say about the program of the controller, its command line and its tuning, checked. */
export interface ControllerSettings {
  readonly program: ControllerProgram;
  readonly args: readonly string[];
  /** Port of the metrics server; undefined when it is switched off. */
  readonly metricsPort: number | undefined;
  readonly healthPort: number;
  /** Whether metrics are served by HTTPS. */
  readonly metricsAreSecure: boolean;
  /** Whether the certificate of the metrics server is one that the controller makes itself. */
  readonly metricsAreSelfSigned: boolean;
  /** Content of the ConfigMap `agent-sandbox-config`, if there is any. */
  readonly tuning: Readonly<Record<string, string>> | undefined;
}

type Values = ReadonlyMap<string, string>;

/** Flags that the installation decides about, and what to do instead. */
const DECIDED: Readonly<Record<string, string>> = {
  extensions: 'RBAC and CRDs follow it; set the prop extensions instead',
  'watch-namespaces': 'RBAC follows it; set the prop watchNamespaces instead',
  version: 'the controller would print its version and exit; leave it out',
};
/** Read by the checks below where the flag is absent. */
const METRICS_ADDRESS = ':8080';
const HEALTH_ADDRESS = ':8081';

/** Checks flags and tuning against each other and against the other props. `where` is the path of the construct, for errors. */
export function controllerSettings(props: AgentSandboxSystemProps, where: string): ControllerSettings {
  const flags = flagsOf(props, where);
  const metricsPort = metricsPortOf(flags.get('metrics-bind-address') ?? METRICS_ADDRESS, where);
  const healthPort = healthPortOf(flags.get('health-probe-bind-address') ?? HEALTH_ADDRESS, where);
  if (metricsPort === healthPort) throw new Error(`${where}: flags.healthProbeBindAddress: found port ${healthPort}, which flags.metricsBindAddress has too`);
  return {
    program: (props.image ?? ControllerImage.published())._program({ tracing: flags.get('enable-tracing') === 'true' }),
    args: argumentsOf(flags, props),
    metricsPort,
    healthPort,
    metricsAreSecure: flags.get('metrics-secure-serving') === 'true',
    metricsAreSelfSigned: !flags.get('metrics-cert-dir'),
    tuning: tuningOf(props.tuning ?? {}, flags, where),
  };
}

function flagsOf({ flags = {}, watchNamespaces }: AgentSandboxSystemProps, where: string): Values {
  const values = flagValues(flags, `${where}: flags.`);
  refuseDecided(values, `${where}: flags.`);
  const lease = values.get('leader-election-namespace');
  if (lease && lease !== SYSTEM_NAMESPACE)
    throw new Error(`${where}: flags.leaderElectionNamespace: found ${lease}, expected ${SYSTEM_NAMESPACE}, where the Role for the Lease is; leave it out`);
  if (new Set(watchNamespaces).size !== (watchNamespaces ?? []).length)
    throw new Error(`${where}: watchNamespaces: found ${JSON.stringify(watchNamespaces)}, expected each namespace once`);
  return new Map([...values, ...flagValues({ watchNamespaces }, `${where}: `)]);
}

function refuseDecided(values: Values, where: string): void {
  for (const flag of FLAGS) {
    const reason = values.has(flag.name) ? DECIDED[flag.name] : undefined;
    if (reason !== undefined) throw new Error(`${where}${memberName(flag)}: ${reason}`);
  }
}

/** The port of an address that its flag accepts. */
const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));

function metricsPortOf(address: string, where: string): number | undefined {
  if (address === '0') return undefined;
  if (portOf(address) > 0) return portOf(address);
  throw new Error(`${where}: flags.metricsBindAddress: found ${address}, expected an address such as ${METRICS_ADDRESS} whose port the Service can name`);
}

function healthPortOf(address: string, where: string): number {
  if (portOf(address) > 0 && !/^(localhost|127\.|\[::1\])/.test(address)) return portOf(address);
  throw new Error(
    `${where}: flags.healthProbeBindAddress: found ${address}, expected an address such as ${HEALTH_ADDRESS} that the probes of the kubelet reach`,
  );
}

/** Arguments in the order of the table, after the two that every installation has (spec 07 §8). */
function argumentsOf(flags: Values, { extensions = true }: AgentSandboxSystemProps): string[] {
  const first = [`--leader-elect=${flags.get('leader-elect') ?? 'true'}`, ...(extensions ? ['--extensions'] : [])];
  return [...first, ...[...flags].filter(([name]) => name !== 'leader-elect').map(([name, value]) => `--${name}=${value}`)];
}

function tuningOf({ allowedLabelDomains, ...given }: ControllerTuning, flags: Values, where: string): ControllerSettings['tuning'] {
  const values = flagValues(given, `${where}: tuning.`);
  refuseDecided(values, `${where}: tuning.`);
  for (const flag of FLAGS.filter(({ name }) => values.has(name))) {
    const member = memberName(flag);
    if (!flag.tunable) throw new Error(`${where}: tuning.${member}: the ConfigMap cannot set ${flag.name}; set flags.${member} instead`);
    if (flags.has(flag.name)) throw new Error(`${where}: tuning.${member}: has no effect beside flags.${member}, which comes first; remove one of the two`);
  }
  const domains = allowedLabelDomains && { [ALLOWED_LABEL_DOMAINS]: checkedDomains(allowedLabelDomains, where).join(',') };
  const data = { ...domains, ...Object.fromEntries(values) };
  return Object.keys(data).length > 0 ? data : undefined;
}

function checkedDomains(domains: readonly string[], where: string): readonly string[] {
  const wrong = domains.find((domain) => !isDnsSubdomain(domain));
  if (wrong === undefined && domains.length > 0) return domains;
  throw new Error(`${where}: tuning.allowedLabelDomains: found ${JSON.stringify(wrong ?? domains)}, expected at least one DNS domain such as example.com`);
}
