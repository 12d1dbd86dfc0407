import { canProvide, checkPrerequisites, provide } from './build';
import { COMPONENTS, isComponent } from './components';
import { CONNECTION_VARIABLE } from './connection';
import { startControlPlane, type ControlPlane } from './control-plane';
import { sayFailure } from './failure';
import { introduction, runAgainst, untilInterrupted } from './session';

const HELP = `A real Kubernetes control plane on loopback, with throw-away data.

  npm run cluster                             start one, print how to use it, stop it on Ctrl-C
  npm run cluster -- exec -- <command...>     start one, run the command against it, stop it; the exit code is the command's
  npm run cluster -- check                    say what is missing to run the tests, if anything
  npm run cluster -- build [component...]     build now what is missing (${COMPONENTS.join(', ')})

Options before the command:
  --bare        only etcd and kube-apiserver, no kube-controller-manager (namespaces cannot be deleted then)
  --scheduler   kube-scheduler too

The command sees KUBECONFIG, CLUSTER_URL, CLUSTER_TOKEN and CLUSTER_CA (a file), kubectl on the PATH, and ${CONNECTION_VARIABLE}, with which
the tests use this control plane instead of starting their own.
The first start builds from Go modules, about 8 minutes on two cores; the cache is ~/.cache/cdk8s-agent-sandbox (XDG_CACHE_HOME is honoured).
KUBEBUILDER_ASSETS may name a folder with kube-apiserver, etcd and kubectl instead.
`;

async function main(args: readonly string[]): Promise<number> {
  const separator = args.indexOf('--');
  const own = separator < 0 ? args : args.slice(0, separator);
  const command = separator < 0 ? [] : args.slice(separator + 1);
  const [action, ...names] = own.filter((arg) => !arg.startsWith('-'));
  const unknown = own.find((arg) => arg.startsWith('-') && !['--help', '-h', '--bare', '--scheduler'].includes(arg));
  if (own.includes('--help') || own.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  if (unknown !== undefined) return usage(`unknown option ${unknown}`);
  checkPrerequisites();
  switch (action) {
    case 'check':
      return 0;
    case 'build':
      return build(names);
    case 'exec':
      return command.length === 0 ? usage('exec needs a command behind --') : withControlPlane(own, (plane) => runAgainst(plane, command));
    case undefined:
      return withControlPlane(own, foreground);
    default:
      return usage(`unknown command ${action}`);
  }
}

function usage(problem: string): number {
  process.stderr.write(`${problem}\n\n${HELP}`);
  return 2;
}

async function build(names: readonly string[]): Promise<number> {
  for (const name of names.length > 0 ? names : COMPONENTS) {
    if (!isComponent(name)) return usage(`unknown component ${name}; there are ${COMPONENTS.join(', ')}`);
    process.stdout.write(`${await provide(name)}\n`);
  }
  return 0;
}

async function withControlPlane(options: readonly string[], work: (plane: ControlPlane) => Promise<number>): Promise<number> {
  await provide('kubectl');
  const controllerManager = !options.includes('--bare') && canProvide('kube-controller-manager');
  const plane = await startControlPlane({ controllerManager, scheduler: options.includes('--scheduler') });
  try {
    return await work(plane);
  } finally {
    await plane.stop();
  }
}

async function foreground(plane: ControlPlane): Promise<number> {
  process.stdout.write(await introduction(plane));
  await untilInterrupted();
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    sayFailure(error);
    process.exitCode = 1;
  },
);
