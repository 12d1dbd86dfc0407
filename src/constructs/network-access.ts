import type { NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPort } from '../api/k8s.generated';
import { INTERNET_EGRESS, ROUTER_INGRESS } from '../api/network-defaults';
import type { SandboxNetworkPolicy } from '../api/types.generated';

/** Where a Sandbox resolves names. Each preset opens exactly the port it needs and tells the Pod to use it. */
export class DnsAccess {
  /** kube-dns or CoreDNS of the cluster, found by the label `k8s-app: kube-dns` in `kube-system`. */
  public static readonly CLUSTER = new DnsAccess('ClusterFirst', [
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } }, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } },
  ]);
  /** NodeLocal DNSCache at 169.254.20.10. */
  public static readonly NODE_LOCAL = new DnsAccess('ClusterFirst', [{ ipBlock: { cidr: '169.254.20.10/32' } }]);
  /** The resolver of the cloud at 169.254.169.254, port 53 only: the metadata service on other ports stays closed. */
  public static readonly CLOUD = new DnsAccess('Default', [{ ipBlock: { cidr: '169.254.169.254/32' } }]);
  /** Public resolvers, 8.8.8.8 and 1.1.1.1, as the secure default has them. */
  public static readonly PUBLIC = new DnsAccess('None', [{ ipBlock: { cidr: '8.8.8.8/32' } }, { ipBlock: { cidr: '1.1.1.1/32' } }], ['8.8.8.8', '1.1.1.1']);

  /** Resolvers of your own, by address. */
  public static resolvers(...addresses: string[]): DnsAccess {
    const peers = addresses.map((address) => ({ ipBlock: { cidr: `${address}/${address.includes(':') ? 128 : 32}` } }));
    return new DnsAccess('None', peers, addresses);
  }

  private constructor(
    /** The `dnsPolicy` of the Pod. */
    public readonly policy: string,
    private readonly peers: NonNullable<NetworkPolicyEgressRule['to']>,
    /** The `nameservers` of the Pod, if it names any. */
    public readonly nameservers: string[] = [],
  ) {}

  /** The rule that lets the Pod reach the resolver: port 53 by UDP and TCP. */
  public toEgressRule(): NetworkPolicyEgressRule {
    return {
      to: this.peers,
      ports: [
        { port: 53, protocol: 'UDP' },
        { port: 53, protocol: 'TCP' },
      ],
    };
  }
}

/**
 * What may reach a Sandbox and what it may reach, by intent. The result is always one complete policy, because a custom policy
 * replaces the default entirely. Values are immutable: each `allow…` returns a new one.
 */
export class NetworkAccess {
  /** The default of the API: in only from the router, out to the public internet, names from public resolvers. */
  public static secureDefault(): NetworkAccess {
    return new NetworkAccess(undefined, undefined, true);
  }

  /** Nothing in, nothing out; not even the router. Open what is needed by `allow…`. */
  public static none(): NetworkAccess {
    return new NetworkAccess([], [], true);
  }

  /** The router in, nothing out. Open what is needed by `allow…`. */
  public static routerOnly(): NetworkAccess {
    return new NetworkAccess([ROUTER_INGRESS], [], true);
  }

  /** The router in, the public internet out, names from `dns`. Private, link-local and metadata addresses stay closed. */
  public static internet(dns: DnsAccess): NetworkAccess {
    return NetworkAccess.routerOnly().allowInternet().allowDns(dns);
  }

  /** No policy is kept for the Sandboxes. Only for clusters in which something else isolates them. */
  public static unmanaged(): NetworkAccess {
    return new NetworkAccess(undefined, undefined, false);
  }

  private constructor(
    private readonly ingress: NetworkPolicyIngressRule[] | undefined,
    private readonly egress: NetworkPolicyEgressRule[] | undefined,
    /** Whether a NetworkPolicy is kept at all. */
    public readonly isManaged: boolean,
    /** Where names are resolved, if this value says so. */
    public readonly dns?: DnsAccess,
  ) {}

  /** Lets the router in. */
  public allowRouter(): NetworkAccess {
    return this.allowIngress(ROUTER_INGRESS);
  }

  /**
   * Opens the public internet; private, link-local and unique-local ranges stay closed. With them the resolvers of most clusters are closed,
   * so names come from public ones until `allowDns` names others.
   */
  public allowInternet(): NetworkAccess {
    const { ingress, egress, dns } = this.allowEgress(INTERNET_EGRESS);
    return new NetworkAccess(ingress, egress, true, dns ?? DnsAccess.PUBLIC);
  }

  /** Opens one resolver and tells the Pod to use it. */
  public allowDns(dns: DnsAccess): NetworkAccess {
    const opened = this.allowEgress(dns.toEgressRule());
    return new NetworkAccess(opened.ingress, opened.egress, true, dns);
  }

  /** Opens a range of addresses, all ports or TCP ports. */
  public allowCidr(cidr: string, ...ports: number[]): NetworkAccess {
    const open: NetworkPolicyPort[] = ports.map((port) => ({ port, protocol: 'TCP' }));
    return this.allowEgress({ to: [{ ipBlock: { cidr } }], ...(open.length > 0 && { ports: open }) });
  }

  /** Opens Pods of a namespace of this cluster by their labels, all ports or TCP ports. */
  public allowService(namespace: string, labels: { [key: string]: string }, ...ports: number[]): NetworkAccess {
    const open: NetworkPolicyPort[] = ports.map((port) => ({ port, protocol: 'TCP' }));
    const peer = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } }, podSelector: { matchLabels: labels } };
    return this.allowEgress({ to: [peer], ...(open.length > 0 && { ports: open }) });
  }

  /** Adds a rule of NetworkPolicy for what may come in. */
  public allowIngress(rule: NetworkPolicyIngressRule): NetworkAccess {
    const base = this.explicit();
    return new NetworkAccess([...(base.ingress ?? []), rule], base.egress, true, this.dns);
  }

  /** Adds a rule of NetworkPolicy for what may go out. */
  public allowEgress(rule: NetworkPolicyEgressRule): NetworkAccess {
    const base = this.explicit();
    return new NetworkAccess(base.ingress, [...(base.egress ?? []), rule], true, this.dns);
  }

  /** The policy, or undefined where the default of the API applies. */
  public toNetworkPolicy(): SandboxNetworkPolicy | undefined {
    return this.ingress && this.egress ? { ingress: this.ingress, egress: this.egress } : undefined;
  }

  /** The same access with every rule written out. */
  public explicit(): NetworkAccess {
    if (this.ingress && this.egress) return this;
    if (!this.isManaged) throw new Error('NetworkAccess.unmanaged() keeps no policy, so nothing can be opened in one; start from NetworkAccess.none()');
    return new NetworkAccess([ROUTER_INGRESS], [INTERNET_EGRESS], true, DnsAccess.PUBLIC);
  }
}
