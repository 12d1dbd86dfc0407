import { CONTROLLER_NAME, SYSTEM_NAMESPACE } from '../../src/api/installation';
import { cluster, type KubeObject } from '../cluster/connection';
import { synthesize } from '../cluster/synthesis';
import { until } from '../cluster/until';
import { isReady } from './pods';

/** Programs whose output installs the controller, relative to examples/. */
export const INSTALLATIONS = {
  'the published image': 'install.ts',
  'a stock image of Node.js and the program in the manifests': '../test/node/programs/install-inline.ts',
};

/** The user that the controller is by its service account. */
export const CONTROLLER_USER = `system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER_NAME}`;

/** Applies what a program wrote, as it is, and waits until the controller that it installs has replaced any other; nothing happens when it is there. */
export async function install(program: string): Promise<KubeObject> {
  await cluster().apply(await synthesize(program), { form: 'server', force: true });
  return rolledOut();
}

/** Waits until the Deployment has the Pod that it asks for, and no other is left. */
export async function rolledOut(): Promise<KubeObject> {
  await cluster().kubectl(['rollout', 'status', `deployment/${CONTROLLER_NAME}`, '--namespace', SYSTEM_NAMESPACE, '--timeout=120s']);
  return until('one Pod of the controller to be Ready', async () => {
    const [pod, ...others] = await controllerPods();
    return pod !== undefined && isReady(pod) && others.length === 0 ? pod : undefined;
  });
}

/** Pods of the controller, those that are ending too. */
export async function controllerPods(): Promise<readonly KubeObject[]> {
  const { body } = await cluster().request('GET', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods?labelSelector=app%3D${CONTROLLER_NAME}`);
  return (body as { readonly items: readonly KubeObject[] }).items; // A PodList.
}

/** Runs a command in the Pod of the controller. */
export function execInController(...command: readonly string[]): Promise<string> {
  return cluster().kubectl(['exec', '--namespace', SYSTEM_NAMESPACE, `deployment/${CONTROLLER_NAME}`, '--', ...command]);
}
