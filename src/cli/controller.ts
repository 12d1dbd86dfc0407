#!/usr/bin/env node
import { hostname } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { PACKAGE_VERSION } from '../api/version';
import { ConnectionError } from '../runtime/connection';
import { BUILD_INFO } from './build-info';
import { parseCommandLine, usage } from './command-line';
import { OptionsError } from './options';
import { buildProcess } from './process';

const PROGRAM = 'agent-sandbox-controller';

/** The controller: reads arguments and environment, builds the parts and runs them. Answers the exit code. */
async function main(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const line = parseCommandLine(args);
  if (line.says === 'help') {
    process.stdout.write(usage(PROGRAM));
    return 0;
  }
  if (line.says === 'nonsense') {
    // The problem comes last: that is what a person sees, and what `kubectl describe` shows of a Pod that has ended.
    process.stderr.write(`${usage(PROGRAM)}\n${PROGRAM}: ${line.problem}\n`);
    return 2;
  }
  if (line.given.get('version') === 'true') {
    process.stdout.write(
      `${PROGRAM} ${PACKAGE_VERSION} (commit ${BUILD_INFO.commit} of ${BUILD_INFO.date}, ${process.release.name} ${process.version}, ${process.platform}/${process.arch})\n`,
    );
    return 0;
  }
  try {
    const controller = await buildProcess({ ...line, environment, host: hostname() });
    process.once('SIGTERM', () => controller.stop('SIGTERM'));
    process.once('SIGINT', () => controller.stop('SIGINT'));
    return await controller.run();
  } catch (error) {
    // A person's mistake is told in a sentence; the rest is ours, and its stack is needed.
    // The log says first what led to it.
    await turn();
    const isMistake = error instanceof ConnectionError || error instanceof OptionsError;
    process.stderr.write(`${PROGRAM}: ${isMistake ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

// The kernel's timers keep no process alive, and while the API server cannot be reached there is nothing else that would.
setInterval(() => undefined, 60_000);
void main(process.argv.slice(2), process.env).then((code) => process.exit(code));
