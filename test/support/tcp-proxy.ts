import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a client and a server, and breaks connections in the ways of a network. */
export class TcpProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private isRefusing = false;

  private constructor(
    private readonly server: Server,
    target: URL,
  ) {
    server.on('connection', (client) => {
      if (this.isRefusing) return void client.destroy();
      const upstream = connect(Number(target.port), target.hostname);
      const pair = [client, upstream] as const;
      this.pairs.add(pair);
      for (const [from, to] of [pair, [upstream, client] as const]) {
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          to.destroy();
          this.pairs.delete(pair);
        });
      }
    });
  }

  public static async start(target: URL): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, target);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  public get port(): number {
    // A server that listens on TCP has such an address.
    return (this.server.address() as AddressInfo).port;
  }

  /** Connections that are open now. */
  public get open(): number {
    return this.pairs.size;
  }

  /** Cuts every connection, and every new one too until `accept`. */
  public refuse(): void {
    this.isRefusing = true;
    for (const [client] of this.pairs) client.destroy();
  }

  public accept(): void {
    this.isRefusing = false;
  }

  /** The open connections carry nothing any more, and neither side is told. New ones are fine. */
  public freeze(): void {
    for (const [client, upstream] of this.pairs) {
      client.unpipe(upstream);
      upstream.unpipe(client);
      client.resume();
      upstream.resume();
    }
  }

  public async stop(): Promise<void> {
    this.refuse();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
