import { canProvide, checkPrerequisites, provide } from './build';
import { cluster, CONNECTION_VARIABLE, writeConnection } from './connection';
import { startControlPlane, type ControlPlane } from './control-plane';
import { customKinds } from './custom-kinds';

declare global {
  // Jest loads the teardown as a module of its own, and only the global object is common to both. It has to be `var` to be a member of globalThis.
  var sharedControlPlane: ControlPlane | undefined;
}

/** Starts the API server that the test files share, unless the environment names one that runs already, and installs the CRDs. */
export default async function setup(): Promise<void> {
  if (process.env[CONNECTION_VARIABLE] === undefined) await startShared();
  else await cluster().installCrds(customKinds());
}

async function startShared(): Promise<void> {
  checkPrerequisites();
  await provide('kubectl');
  const plane = await startControlPlane({
    controllerManager: canProvide('kube-controller-manager'),
    crds: customKinds(),
    users: [
      { name: 'alice', groups: ['team-a'] },
      { name: 'bob', groups: ['team-b'] },
    ],
  });
  globalThis.sharedControlPlane = plane;
  process.env[CONNECTION_VARIABLE] = writeConnection(plane);
}
