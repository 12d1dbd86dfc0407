import { execFile } from 'node:child_process';

/** Runs a program and resolves to what it prints; rejects with its own words when it fails. */
export function run(command: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(' ')}: ${stderr.trim() || error.message}`));
      else resolve(stdout);
    });
  });
}

export function say(message: string): void {
  process.stderr.write(`[node] ${message}\n`);
}

/** Says every three seconds that something still goes on. */
export async function told<T>(what: string, work: Promise<T>): Promise<T> {
  const startMs = Date.now();
  const progress = setInterval(() => say(`${what}: ${Math.round((Date.now() - startMs) / 1000)} s`), 3000);
  try {
    return await work;
  } finally {
    clearInterval(progress);
  }
}
