import { CONNECTION_VARIABLE } from './connection';
import './jest-global-setup';

/** Stops the shared API server, if the setup started it. */
export default async function teardown(): Promise<void> {
  if (globalThis.sharedControlPlane === undefined) return;
  await globalThis.sharedControlPlane.stop();
  globalThis.sharedControlPlane = undefined;
  delete process.env[CONNECTION_VARIABLE];
}
