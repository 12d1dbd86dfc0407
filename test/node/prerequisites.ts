import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { MissingPrerequisiteError } from '../cluster/build';
import { run, say, told } from './command';
import { CNI_PROGRAMS } from './layout';

/** Programs of the machine that a node needs, by the Debian package that has them. A path is taken as it is. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  containerd: ['containerd', 'ctr', 'containerd-shim-runc-v2'],
  runc: ['runc'],
  'containernetworking-plugins': ['bridge', 'host-local', 'loopback'].map((name) => join(CNI_PROGRAMS, name)),
  'busybox-static': ['busybox'],
  iproute2: ['ip'],
  mount: ['mount', 'umount'],
  tar: ['tar'],
};

/** Installs what a node needs from Debian. Throws a MissingPrerequisiteError where that cannot be. */
export async function installPrerequisites(): Promise<void> {
  if (process.platform !== 'linux') throw unable(`this is ${process.platform}, and a node needs Linux`);
  if (process.getuid?.() !== 0) throw unable('this is not root, and a node makes bridges, mounts and cgroups; run it by sudo');
  const packages = missingPackages();
  if (packages.length === 0) return;
  if (findProgram('apt-get') === undefined)
    throw unable(`there is no apt-get to install ${packages.join(', ')}; install ${missingPrograms().join(', ')} yourself`);
  say(`installing ${packages.join(', ')}`);
  const options = ['-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=300'];
  await told('apt-get update', run('apt-get', ...options, 'update'));
  await told(
    'apt-get install',
    run('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...options, 'install', '--yes', '--no-install-recommends', ...packages),
  );
  const still = missingPrograms();
  if (still.length > 0) throw unable(`${packages.join(', ')} are installed, and still there is no ${still.join(', ')}`);
}

const missingPackages = (): readonly string[] =>
  Object.keys(PROGRAMS).filter((name) => PROGRAMS[name]?.some((program) => findProgram(program) === undefined) === true);

const missingPrograms = (): readonly string[] =>
  Object.values(PROGRAMS)
    .flat()
    .filter((program) => findProgram(program) === undefined);

/** Path of a program; sbin counts, whatever the PATH says. */
function findProgram(name: string): string | undefined {
  if (name.startsWith('/')) return existsSync(name) ? name : undefined;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function unable(problem: string): MissingPrerequisiteError {
  return new MissingPrerequisiteError(
    `The tests on a real node need root on Debian, or Linux with ${Object.keys(PROGRAMS).join(', ')}, and Go to build the kubelet and gVisor: ${problem}.`,
  );
}
