/** A Pod as NetworkPolicies see it; also where it stands in the tests. */
export interface Pod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** All addresses outside of the cluster. Pods have private ones. */
export const INTERNET = 'internet';

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: ReadonlyArray<{ readonly key: string; readonly operator: string; readonly values?: readonly string[] }>;
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: ReadonlyArray<{ readonly port?: number | string }>;
}

/** A NetworkPolicy, as far as it is understood here: ports by number, and no range of addresses but that of the internet. */
export interface NetworkPolicy {
  readonly metadata: { readonly namespace?: string };
  readonly spec: {
    readonly podSelector?: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

type Side = Pod | typeof INTERNET;

/** Whether the policies let `from` open a connection to a port of `to`: the one must be let out and the other must let it in. */
export function reaches(policies: readonly NetworkPolicy[], from: Side, to: Side, port: number): boolean {
  return isOpen(policies, 'Egress', from, to, port) && isOpen(policies, 'Ingress', to, from, port);
}

/** Kubernetes: a Pod that no policy selects is open; one that some select is open to what any of them names. */
function isOpen(policies: readonly NetworkPolicy[], direction: 'Ingress' | 'Egress', subject: Side, peer: Side, port: number): boolean {
  if (subject === INTERNET) return true;
  const selecting = policies.filter(
    ({ metadata, spec }) => metadata.namespace === subject.namespace && spec.policyTypes?.includes(direction) && isSelected(spec.podSelector, subject.labels),
  );
  const rules = selecting.flatMap(({ spec }) => (direction === 'Ingress' ? spec.ingress : spec.egress) ?? []);
  return selecting.length === 0 || rules.some(({ from, to, ports }) => names(from ?? to, subject.namespace, peer) && hasPort(ports, port));
}

const hasPort = (ports: Rule['ports'] = [], port: number): boolean => ports.length === 0 || ports.some((open) => open.port === undefined || open.port === port);

function names(peers: readonly Peer[] = [], namespace: string, side: Side): boolean {
  return peers.length === 0 || peers.some((peer) => namesOne(peer, namespace, side));
}

function namesOne({ ipBlock, podSelector, namespaceSelector }: Peer, namespace: string, side: Side): boolean {
  if (ipBlock || side === INTERNET) return ipBlock?.cidr === '0.0.0.0/0' && side === INTERNET;
  const isThere = namespaceSelector ? isSelected(namespaceSelector, { 'kubernetes.io/metadata.name': side.namespace }) : side.namespace === namespace;
  return isThere && isSelected(podSelector, side.labels);
}

/** Whether a label selector selects these labels. An empty one selects everything. */
export function isSelected({ matchLabels = {}, matchExpressions = [] }: Selector = {}, labels: Pod['labels']): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      switch (operator) {
        case 'Exists':
          return key in labels;
        case 'DoesNotExist':
          return !(key in labels);
        case 'In':
          return values.includes(labels[key] ?? '');
        default:
          throw new Error(`operator ${operator} is not understood here`);
      }
    })
  );
}
