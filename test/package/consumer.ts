import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The checkout. */
export const ROOT = join(__dirname, '..', '..');

/** What a package says of itself, as far as these tests read it. */
interface Manifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** The package.json of an installed package; of this package without a folder. */
export function manifestOf(folder: string = ROOT): Manifest {
  // npm has checked the shape of what it installed.
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The tarball that `npm run package` made. */
export const TARBALL = join(ROOT, 'package', 'js', `cdk8s-agent-sandbox-${manifestOf().version}.tgz`);

const execute = promisify(execFile);

/** Runs a program to its end in a folder and resolves to its standard output. Rejects with all it printed when it fails. */
export async function run(folder: string, program: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await execute(program, args, { cwd: folder, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    // What promisify(execFile) rejects with.
    const { message, stdout } = error as Error & { readonly stdout: string };
    throw new Error(`${message}\n${stdout}`, { cause: error });
  }
}

/** An empty folder, as a user begins with, outside of the checkout: nothing in it can find the checkout's node_modules. */
export class Consumer {
  public readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'agent-sandbox-consumer-')));

  /** Installs the tarball, its peers and these packages with npm. */
  public async install(...packages: readonly string[]): Promise<void> {
    this.write('package.json', '{ "private": true }');
    // Inside of `npm test` the environment names the checkout as the folder to install into; --prefix names this one.
    await run(this.folder, 'npm', 'install', '--prefix', this.folder, '--no-audit', '--no-fund', '--prefer-offline', TARBALL, ...packages);
  }

  public run(program: string, ...args: readonly string[]): Promise<string> {
    return run(this.folder, program, ...args);
  }

  public write(file: string, content: string | Buffer): void {
    writeFileSync(join(this.folder, file), content);
  }

  public read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  public copy(source: string, file: string = basename(source)): void {
    copyFileSync(source, join(this.folder, file));
  }

  /**
   * Compiles TypeScript files with the compiler of this checkout, strictly, without the types of Node.js and with a look into
   * every .d.ts file. Resolves to what the compiler says, which is nothing when it finds no mistake.
   */
  public compile(files: readonly string[], compilerOptions: object): Promise<string> {
    const strict = { strict: true, noUncheckedIndexedAccess: true, skipLibCheck: false, types: [], target: 'es2022' };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files }));
    return this.run(process.execPath, join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', 'tsconfig.json', '--pretty', 'false');
  }

  /** Runs the real `cdk8s synth` with a cdk8s.yaml. Resolves to all that it printed, without colours, and its exit code at the end. */
  public async synth(cdk8sYaml: string): Promise<string> {
    this.clear('dist');
    this.write('cdk8s.yaml', cdk8sYaml);
    const command = `"${join(ROOT, 'node_modules', '.bin', 'cdk8s')}" synth --check-upgrade=false 2>&1; echo "exit code $?"`;
    const output = await this.run('sh', '-c', command);
    return output.replaceAll(/\u001b\[\d+m/g, '').trim();
  }

  /** Removes a file or a folder, if it is there. */
  public clear(file: string): void {
    rmSync(join(this.folder, file), { recursive: true, force: true });
  }

  public remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The Node.js of this machine, which a user of the constructs has; the one that npm installed here stands before it on the PATH. */
export function machineNode(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const node = folders.map((folder) => join(folder, 'node')).find((file) => existsSync(file));
  if (node === undefined) throw new Error('no `node` on the PATH outside of node_modules: install Node.js 20 or newer');
  return node;
}
