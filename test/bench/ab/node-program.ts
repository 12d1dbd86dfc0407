import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../cluster/build';

/** The newest of each line on 2026-11-24; that of 24 is the one of package.json. */
export const NODE_VERSIONS = { '22': '22.23.3', '24': '24.21.0', '26': '26.10.0' } as const;
export type NodeLine = keyof typeof NODE_VERSIONS;

export const isNodeLine = (text: string): text is NodeLine => Object.hasOwn(NODE_VERSIONS, text);

/** What `npm pack --json` says of a package, as far as it is read here. */
interface Packed {
  readonly filename: string;
  /** Of the registry: npm refuses other bytes. */
  readonly integrity: string;
}

/** Path of Node.js of that line: from the cache, or from npm into the cache first, about 50 MB. */
export function nodeProgram(line: NodeLine): string {
  const folder = join(cacheFolder(process.env), `node-v${NODE_VERSIONS[line]}`);
  const program = join(folder, 'node');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  // Beside the goal, so that the last step is a renaming.
  const draft = mkdtempSync(join(folder, 'draft-'));
  try {
    const name = `node-${process.platform}-${process.arch}@${NODE_VERSIONS[line]}`;
    process.stderr.write(`[bench] fetching ${name} from npm\n`);
    const answer = execFileSync('npm', ['pack', name, '--json', '--pack-destination', draft], {
      cwd: draft,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // npm answers with a list of one.
    const [{ filename, integrity }] = JSON.parse(answer) as readonly [Packed];
    checkIntegrity(name, readFileSync(join(draft, filename)), integrity);
    execFileSync('tar', ['-xzf', filename, 'package/bin/node'], { cwd: draft });
    renameSync(join(draft, 'package', 'bin', 'node'), program);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return program;
}

/** Throws unless these bytes are the ones that npm speaks of. */
export function checkIntegrity(name: string, bytes: Buffer, expected: string): void {
  const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (found !== expected)
    throw new Error(`${name}: the package has integrity ${found}, npm says ${expected}: delete it from npm's cache (npm cache clean) and try again`);
}
