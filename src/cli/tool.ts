#!/usr/bin/env node
import { homedir } from 'node:os';
import { nearest } from '../api/nearest';
import { PACKAGE_VERSION } from '../api/version';
import { ConnectionError } from '../runtime/connection';
import { help, helpOf, PROGRAM } from './tool/help';
import { Given, ToolError, UsageError, type Subcommand } from './tool/subcommand';
import { SUBCOMMANDS } from './tool/subcommands';

/** `cdk8s-agent-sandbox`: finds the command and runs it. Answers the exit code: 2 for a command line that cannot be understood. */
async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h') return print(help(SUBCOMMANDS));
  if (name === '--version') return print(`${PROGRAM} ${PACKAGE_VERSION}\n`);
  const subcommand = SUBCOMMANDS.find((candidate) => candidate.name === name);
  if (!subcommand) return complain(`${name === undefined ? 'no command' : `unknown command ${name}${hint(name)}`}; commands and options: ${PROGRAM} --help`, 2);
  if (args.includes('--help') || args.includes('-h')) return print(helpOf(subcommand));
  try {
    return await run(subcommand, args);
  } catch (error) {
    if (error instanceof UsageError) return complain(`${error.message}; options: ${PROGRAM} ${subcommand.name} --help`, 2);
    // A person's mistake is told in a sentence; the rest is ours, and its stack is needed.
    const isOutside = error instanceof ToolError || error instanceof ConnectionError;
    return complain(isOutside ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error), 1);
  }
}

const run = (subcommand: Subcommand, args: readonly string[]): Promise<number> =>
  subcommand.run(Given.parse(args, subcommand.options), { environment: process.env, home: homedir(), output: process.stdout });

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function complain(problem: string, code: number): number {
  process.stderr.write(`${PROGRAM}: ${problem}\n`);
  return code;
}

function hint(name: string): string {
  const near = nearest(
    name,
    SUBCOMMANDS.map((subcommand) => subcommand.name),
  );
  return near ? `; did you mean ${near}?` : '';
}

// A reader that has had enough, as head or less, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
// Exit only when everything is written: a pipe takes text later than a terminal.
void main(process.argv.slice(2)).then((code) => process.stdout.write('', () => process.exit(code)));
