import { LEASE_NAME } from '../../../src/api/installation';
import { Client } from '../../../src/runtime/client';
import { LeaderElection } from '../../../src/runtime/leader-election';
import { onlyTheHolderWrites } from '../invariants/writes';
import type { Program } from '../network/process';
import type { Setup } from '../simulate';
import { NAMESPACE } from '../world';
import { FIELD_MANAGER, runControllers } from './controller';

const KEY = { namespace: NAMESPACE, name: LEASE_NAME };
const nothing = (): void => undefined;

/** The real controllers as they run in a cluster: they work while they hold the Lease, and whoever has lost it ends. */
const electedControllers: Program = (ports) => {
  const { clock, transport, random, exit } = ports;
  const client = new Client({ transport, clock, random, fieldManager: FIELD_MANAGER });
  const identity = String(random());
  let election: LeaderElection | undefined;
  runControllers(ports, {
    mayWrite: () => election?.isHeldAt(clock.monotonicMs()) === true,
    lead(acquired) {
      const observer = { acquired, lost: exit, following: nothing, failed: nothing };
      election = new LeaderElection({ client, clock, random, key: KEY, identity, component: 'controller', observer });
      election.start();
    },
  });
};

/** The same setup, but the processes elect the one that works. */
export const elected = <Action>(setup: Setup<Action>): Setup<Action> => ({
  ...setup,
  program: electedControllers,
  quarrelMs: 0,
  invariants: [...setup.invariants, onlyTheHolderWrites],
});
