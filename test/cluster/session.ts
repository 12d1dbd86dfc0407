import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

import { provide } from './build';
import { CONNECTION_VARIABLE, writeConnection } from './connection';
import type { ControlPlane } from './control-plane';
import { kubectlEnvironment } from './kubectl';

/** Runs a command that finds the control plane in its environment, and our kubectl on its PATH; resolves to its exit code. */
export async function runAgainst(plane: ControlPlane, [command = '', ...args]: readonly string[]): Promise<number> {
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

/** Says how to use the control plane from another terminal. */
export async function introduction(plane: ControlPlane): Promise<string> {
  const connection = writeConnection(plane);
  const kubectl = await provide('kubectl');
  return `The API server runs at ${plane.url}. In another terminal:

  export KUBECONFIG=${plane.kubeconfig} KUBECACHEDIR=${kubectlEnvironment(plane.kubeconfig).KUBECACHEDIR}
  ${kubectl} get namespaces

  ${CONNECTION_VARIABLE}=${connection} npx jest --selectProjects cluster    (tests against this server)

Audit log: ${plane.auditLog}
Ctrl-C stops it and removes its data.
`;
}

/** Waits for Ctrl-C or a polite kill. */
export async function untilInterrupted(): Promise<void> {
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
}
