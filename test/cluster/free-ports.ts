import { createServer } from 'node:net';

import { ProcessEndedError } from './supervised';

/** The only address that anything of a control plane listens on. */
export const LOOPBACK = '127.0.0.1';

const ATTEMPTS = 5;
// What both etcd and kube-apiserver say (it is Go's text for EADDRINUSE).
const PORT_IN_USE = 'address already in use';

/**
 * Runs `attempt` with ports that nobody listens on. Before the attempt listens, another process may take one of them; when the process that was to listen
 * ends for that reason, the attempt is made again with other ports.
 */
export async function withFreePorts<T>(count: number, attempt: (ports: readonly number[]) => Promise<T>): Promise<T> {
  for (let made = 1; ; made++) {
    try {
      return await attempt(await freePorts(count));
    } catch (error) {
      const clash = error instanceof ProcessEndedError && error.output.includes(PORT_IN_USE);
      if (!clash || made === ATTEMPTS) throw error;
    }
  }
}

/** All ports are held while they are collected, so they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a listening TCP server must have a port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
