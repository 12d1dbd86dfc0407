import { CONTROLLER_NAME } from '../api/installation';
import { PACKAGE_VERSION } from '../api/version';
import type { Log } from '../runtime/log';
import type { Serving } from '../runtime/manager';
import type { Tracing } from '../runtime/tracing';
import { OptionsError } from './options';

/** Loads what sends traces: a file of its own, because it is as large as the rest of the program and few switch it on. */
export async function loadTracing(log: Log): Promise<Tracing & Serving> {
  const { OtlpTracing } = await import('../tracing/otlp').catch((error: unknown) => {
    throw new OptionsError(`--enable-tracing: tracing.cjs has to lie beside the program: ${error instanceof Error ? error.message : String(error)}`);
  });
  return new OtlpTracing({ name: CONTROLLER_NAME, version: PACKAGE_VERSION, complain: (message, detail) => log.error(message, { detail }) });
}
