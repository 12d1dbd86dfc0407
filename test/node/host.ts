import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { until } from '../cluster/until';
import { run } from './command';
import { API_SERVER, BRIDGE, CGROUP, CNI_NETWORK, DATA, NODE_ADDRESS, STATE } from './layout';

/** What kubelet and CNI change for the whole machine, below /proc/sys. */
const SYSCTLS = [
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
].concat('net/ipv4/ip_forward');
/** Folders that kubelet and CNI make wherever their own are. */
const FOLDERS = ['/var/lib/kubelet', '/var/lib/cni', '/var/log/containers', '/var/log/pods', '/run/containerd'];
const BEFORE = join(DATA, 'before.json');
const PROGRAMS = /^(containerd(-shim-run(c-v2|sc-v1))?|kubelet|runsc.*)$/;

/** How the machine was before the node came. */
interface Before {
  readonly sysctls: Readonly<Record<string, string>>;
  /** Those of FOLDERS that were not there. */
  readonly absent: readonly string[];
}

/** Makes bridge, cgroups and folders for a node. The machine must be clean. */
export async function prepareHost(): Promise<void> {
  for (const folder of [STATE, DATA]) mkdirSync(folder, { recursive: true, mode: 0o711 });
  const sysctls = Object.fromEntries(SYSCTLS.filter((name) => existsSync(sysctlFile(name))).map((name) => [name, readFileSync(sysctlFile(name), 'utf8')]));
  const before: Before = { sysctls, absent: FOLDERS.filter((folder) => !existsSync(folder)) };
  writeFileSync(BEFORE, JSON.stringify(before));
  cgroupFolders().forEach(makeCgroup);
  await run('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
  await run('ip', 'address', 'add', `${NODE_ADDRESS}/24`, 'dev', BRIDGE);
  await run('ip', 'address', 'add', `${API_SERVER.address}/32`, 'dev', BRIDGE);
  await run('ip', 'link', 'set', BRIDGE, 'up');
}

/** Ends whatever a node has left, and makes the machine what it was before. Nothing happens when there is nothing. */
export async function cleanHost(): Promise<void> {
  await until('the processes of the node to end', () => (killAll() === 0 ? true : undefined));
  for (const mount of mountsBelow([STATE, DATA])) await run('umount', '--lazy', mount);
  for (const folder of cgroupFolders()) removeCgroup(folder);
  removeTraces();
  if (existsSync(`/sys/class/net/${BRIDGE}`)) await run('ip', 'link', 'delete', BRIDGE);
  if (existsSync(BEFORE)) restore(JSON.parse(readFileSync(BEFORE, 'utf8')) as Before); // Written by prepareHost.
  for (const folder of [STATE, DATA]) rmSync(folder, { recursive: true, force: true });
}

function restore({ sysctls, absent }: Before): void {
  for (const [name, value] of Object.entries(sysctls)) writeFileSync(sysctlFile(name), value);
  for (const folder of absent) rmSync(folder, { recursive: true, force: true });
}

const sysctlFile = (name: string): string => `/proc/sys/${name}`;

/** Kills the processes of the node and of its containers; answers how many there were. */
function killAll(): number {
  const pids = [...new Set([...cgroupFolders().flatMap(processesIn), ...programs()])];
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
  return pids.length;
}

/** The programs of a node that runs below STATE. A zombie has no command line, and does not count. */
function programs(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [program = '', ...args] = textOf(`/proc/${pid}/cmdline`).split('\0');
      return PROGRAMS.test(basename(program)) && args.some((arg) => arg.includes(`${STATE}/`));
    })
    .map(Number);
}

/** Pid of the kubelet of the node; 0 while there is none. */
export const kubeletPid = (): number => programs().find((pid) => textOf(`/proc/${pid}/comm`).trim() === 'kubelet') ?? 0;

/** Pids of the processes of a Pod, of whatever class of service. */
export const processesOfPod = (uid: string): readonly number[] => [
  ...new Set(
    cgroupFolders()
      .flatMap((folder) => foldersOf(folder, uid))
      .flatMap(processesIn),
  ),
];

const foldersOf = (folder: string, uid: string): readonly string[] =>
  !existsSync(folder) ? [] : foldersIn(folder).flatMap((child) => (basename(child) === `pod${uid}` ? [child] : foldersOf(child, uid)));

/** Folders of the node's cgroups, one in each hierarchy. Beside version 1 there may be an empty hierarchy of version 2, in which gVisor makes one too. */
function cgroupFolders(): readonly string[] {
  return textOf('/proc/mounts')
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([, folder = '', type]) => (type === 'cgroup' || type === 'cgroup2' ? [join(folder, CGROUP)] : []));
}

function makeCgroup(folder: string): void {
  mkdirSync(folder, { recursive: true });
  // A new cpuset of version 1 is empty, and no process may enter it.
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    if (existsSync(join(folder, file))) writeFileSync(join(folder, file), readFileSync(join(folder, '..', file), 'utf8'));
}

function removeCgroup(folder: string): void {
  if (!existsSync(folder)) return;
  for (const child of foldersIn(folder)) removeCgroup(child);
  rmdirSync(folder);
}

function processesIn(folder: string): readonly number[] {
  if (!existsSync(folder)) return [];
  const own = textOf(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  return [...own, ...foldersIn(folder).flatMap(processesIn)];
}

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));

/** Mounts in these folders, the innermost first. */
function mountsBelow(folders: readonly string[]): readonly string[] {
  return textOf('/proc/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mount) => folders.some((folder) => mount.startsWith(`${folder}/`)))
    .reverse();
}

/** What kubelet and CNI leave in folders that they share with others. */
function removeTraces(): void {
  removeFrom('/var/lib/cni/results', (file) => basename(file).startsWith(`${CNI_NETWORK}-`));
  removeFrom('/var/log/containers', (file) => lstatSync(file).isSymbolicLink() && readlinkSync(file).startsWith(`${DATA}/`));
}

function removeFrom(folder: string, isOurs: (file: string) => boolean): void {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder).map((name) => join(folder, name))) if (isOurs(file)) rmSync(file);
}

/** Empty where a process or a cgroup has gone in between. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
