/**
 * Runs the processes of one control plane in a process of its own. Reads one JSON command per line, `{ name, command, args, log, restarts }`, starts each, and
 * reports `{ name, pid }` and `{ name, exit }`. When its standard input closes, it ends what it started, newest first, removes the folder named by its argument, and
 * exits. The kernel closes that pipe however the parent ends, so a killed test run leaves nothing behind, and an orderly stop goes the same way.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

import type { Command, Report } from './supervised';

const GRACE_MS = 5000;
/** One that fails at once must not fill the disk with its log. */
const RESTART_MS = 500;
const children: ChildProcess[] = [];
let stopping = false;

function start(command: Command): void {
  const log = openSync(command.log, command.restarts ? 'a' : 'w');
  const child = spawn(command.command, command.args, { stdio: ['ignore', log, log] });
  closeSync(log);
  children.push(child);
  child.on('spawn', () => report({ name: command.name, pid: child.pid }));
  child.on('error', (error) => report({ name: command.name, exit: error.message }));
  child.on('exit', (code, signal) => {
    report({ name: command.name, exit: signal ?? `exit code ${code}` });
    if (command.restarts) setTimeout(() => stopping || start(command), RESTART_MS);
  });
}

function report(message: Report): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function stopAll(folder: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const child of children.reverse()) await stop(child);
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    child.on('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('usage: supervisor.ts <folder to remove at the end>');
// Nobody may be left to read the reports.
process.stdout.on('error', () => undefined);
process.on('SIGTERM', () => void stopAll(folder));
process.on('SIGINT', () => void stopAll(folder));
createInterface({ input: process.stdin })
  // The parent writes nothing but commands.
  .on('line', (line) => start(JSON.parse(line) as Command))
  .on('close', () => void stopAll(folder));
