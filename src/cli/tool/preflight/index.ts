import { SYSTEM_NAMESPACE } from '../../../api/installation';
import { CLUSTER_OPTIONS, connect } from '../cluster';
import type { Given, Subcommand, Surroundings } from '../subcommand';
import { CHECKS, type Check, type Question } from './checks';
import { warning } from './finding';
import { Reader, UnreadableError } from './reader';
import { exitCodeOf, linesOf, type Checked } from './report';

/** `preflight`: looks at a cluster before an installation, an upgrade or a change of the controller. Reads only. */
export const PREFLIGHT: Subcommand = {
  name: 'preflight',
  summary: 'Says whether the controller can be installed or upgraded in a cluster, and what to do if not. Reads only.',
  options: [
    ...CLUSTER_OPTIONS,
    { name: 'namespace', short: 'n', value: 'name', doc: `Namespace of the controller; else ${SYSTEM_NAMESPACE}.` },
    { name: 'json', doc: 'Findings as JSON.' },
  ],
  run,
};

async function run(given: Given, surroundings: Surroundings): Promise<number> {
  const { connection, transport } = await connect(given, surroundings);
  try {
    const reader = new Reader(transport);
    await reader.reach(connection.server.href);
    const question: Question = { reader, namespace: given.find('namespace') ?? SYSTEM_NAMESPACE, nowMs: Date.now() };
    const checked = await Promise.all(CHECKS.map((check) => resultOf(check, question)));
    surroundings.output.write(given.isSet('json') ? `${JSON.stringify(checked, null, 2)}\n` : `${linesOf(checked).join('\n')}\n`);
    return exitCodeOf(checked);
  } finally {
    await transport.close();
  }
}

async function resultOf(check: Check, question: Question): Promise<Checked> {
  try {
    return { name: check.name, findings: await check.look(question) };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return { name: check.name, findings: [warning(`not checked: ${error.message}`, 'run this as somebody who may read it')] };
  }
}
