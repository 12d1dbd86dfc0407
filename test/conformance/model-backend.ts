import { NAMESPACES } from '../simulation/api/resource-types';
import type { Ports } from '../simulation/network/process';
import { World } from '../simulation/world';
import type { Backend } from './backend';

// More than the suite ever waits for: grace periods are at most a minute, delays at most seconds.
const PATIENCE_MS = 300_000;

/** The model as a backend: virtual time goes on whenever the suite waits. */
export function modelBackend(): Backend {
  const world = new World(1);
  world.nodes.areOff = true;
  let ports: Ports | undefined;
  world.start('suite', (given) => (ports = given));
  if (!ports) throw new Error('the program has not started');
  const { transport } = ports;
  let namespaces = 0;
  return {
    transport: {
      async send(request, options) {
        const reply = transport.send(request, options);
        let isThere = false;
        void reply.then(() => (isThere = true));
        await world.until(() => isThere, PATIENCE_MS);
        return reply;
      },
      watch: (request, sink) => transport.watch(request, sink),
    },
    namespace() {
      const name = `n-${++namespaces}`;
      world.model.handle({ verb: 'create', resource: NAMESPACES, namespace: '', body: { metadata: { name } } }, 'suite');
      return Promise.resolve(name);
    },
    async until(what, probe) {
      const endMs = world.scheduler.nowMs + PATIENCE_MS;
      while (world.scheduler.nowMs < endMs) {
        const answer = await probe();
        if (answer !== undefined) return answer;
        await world.until(() => false, 10);
      }
      throw new Error(`waited ${PATIENCE_MS} virtual ms for ${what}`);
    },
  };
}
