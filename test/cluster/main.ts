import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

import { canProvide, checkPrerequisites, MissingPrerequisiteError, provide } from './build';
import { COMPONENTS, isComponent } from './components';
import { CONNECTION_VARIABLE, writeConnection } from './connection';
import { startControlPlane, type ControlPlane } from './control-plane';
import { kubectlEnvironment } from './kubectl';

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
      return command.length === 0 ? usage('exec needs a command behind --') : withControlPlane(own, (plane) => run(plane, command));
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

/** Waits for Ctrl-C or a polite kill. */
async function foreground(plane: ControlPlane): Promise<number> {
  const connection = writeConnection(plane);
  const kubectl = await provide('kubectl');
  process.stdout.write(`The API server runs at ${plane.url}. In another terminal:

  export KUBECONFIG=${plane.kubeconfig} KUBECACHEDIR=${kubectlEnvironment(plane.kubeconfig).KUBECACHEDIR}
  ${kubectl} get namespaces

  ${CONNECTION_VARIABLE}=${connection} npx jest --selectProjects cluster    (tests against this server)

Audit log: ${plane.auditLog}
Ctrl-C stops it and removes its data.
`);
  await new Promise<void>((resolve) => {
    // Signal handlers alone do not keep a process alive.
    const alive = setInterval(() => undefined, 60_000);
    const stop = () => {
      clearInterval(alive);
      resolve();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
  return 0;
}

async function run(plane: ControlPlane, [command = '', ...args]: readonly string[]): Promise<number> {
  const kubectl = await provide('kubectl');
  const environment = {
    ...kubectlEnvironment(plane.kubeconfig),
    ...{ CLUSTER_URL: plane.url, CLUSTER_TOKEN: plane.adminToken, CLUSTER_CA: plane.caFile, [CONNECTION_VARIABLE]: writeConnection(plane) },
    // Ours first: an older kubectl of the machine's own would not fit the server.
    PATH: [dirname(kubectl), process.env.PATH ?? ''].join(delimiter),
  };
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: environment, stdio: 'inherit' });
    // The terminal sends Ctrl-C to the command as well; of a polite kill it has to be told.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', (error) => {
      process.stderr.write(`cannot run ${command}: ${error.message}\n`);
      resolve(127);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const plain = error instanceof MissingPrerequisiteError ? error.message : undefined;
    process.stderr.write(`${plain ?? (error instanceof Error ? error.stack : String(error))}\n`);
    process.exitCode = 1;
  },
);
