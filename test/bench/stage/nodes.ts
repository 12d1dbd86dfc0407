import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { writeConnection } from '../../cluster/connection';
import type { ControlPlane } from '../../cluster/control-plane';
import { NAMESPACE } from './objects';

/** What makes Pods run. */
export interface Nodes {
  readonly about: string;
  readonly pid: number;
  readonly versions: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts a process of its own that binds the Pods of a namespace and reports them running: the work of a scheduler and of kubelets, for less of the machine. */
export async function startPlayer(plane: ControlPlane, namespace = NAMESPACE): Promise<Nodes> {
  const player = fork(join(__dirname, 'kubelet-program.ts'), [writeConnection(plane), namespace], { execArgv: ['--import', 'tsx'] });
  const ended = once(player, 'exit');
  await Promise.race([once(player, 'message'), ended.then(() => Promise.reject(new Error('what plays the nodes has not started')))]);
  const stop = async (): Promise<void> => {
    // A Ctrl-C in the terminal reaches it too.
    if (player.connected) player.disconnect();
    await ended;
  };
  return { about: "the bench's own player of scheduler and kubelet", pid: player.pid ?? 0, versions: {}, stop };
}
