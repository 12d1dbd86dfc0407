import { provide } from '../cluster/build';
import { sayFailure } from '../cluster/failure';
import { withLock } from '../cluster/lock';
import { bundle } from '../cluster/program';
import { introduction, runAgainst, untilInterrupted } from '../cluster/session';
import { say } from './command';
import { cleanHost } from './host';
import { LOCK } from './layout';
import { startNode, type RealNode } from './node';
import { installPrerequisites } from './prerequisites';

const HELP = `A Kubernetes cluster of one real node, which is this machine: kubelet, containerd, runc and gVisor beside our control plane.
It needs root on Debian, installs containerd, runc and CNI, and builds kubelet and gVisor once (about 10 minutes on two cores).

  npm run e2e [-- <arguments of jest>]        run the tests on it
  npm run e2e -- --measure                    measure starts and installations instead, and write the figures into docs/performance.md
  npm run node                                start one, print how to use it, stop it on Ctrl-C
  npm run node -- exec -- <command...>        start one, run the command against it, stop it; the exit code is the command's
  npm run node -- clean                       remove what a killed run has left on this machine
`;

/** Actions that need a node, and what they do with it. */
const ACTIONS: Readonly<Record<string, (node: RealNode, args: readonly string[]) => Promise<number>>> = {
  '': async ({ plane }) => {
    process.stdout.write(await introduction(plane));
    await untilInterrupted();
    return 0;
  },
  exec: ({ plane }, args) => runAgainst(plane, args[0] === '--' ? args.slice(1) : args),
  test: ({ plane }, args) =>
    args.includes('--measure')
      ? runAgainst(plane, ['tsx', 'test/node/measure/main.ts'])
      : runAgainst(plane, ['jest', '--selectProjects', 'e2e', '--runInBand', ...args]),
};

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  const action = ACTIONS[name];
  if (action === undefined && name !== 'clean') {
    process.stderr.write(`unknown command ${name}\n\n${HELP}`);
    return 2;
  }
  await installPrerequisites();
  return withLock(LOCK, waiting, () => (action === undefined ? cleanHost().then(() => 0) : withNode((node) => action(node, args))));
}

async function withNode(work: (node: RealNode) => Promise<number>): Promise<number> {
  await provide('kubectl');
  bundle();
  const node = await startNode();
  try {
    return await work(node);
  } finally {
    await node.stop();
  }
}

let told = 0;
function waiting(pid: number): void {
  if (Date.now() - told < 3000) return;
  told = Date.now();
  say(`waiting for the node of process ${pid}`);
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    sayFailure(error);
    process.exitCode = 1;
  },
);
