import { join } from 'node:path';

/** Where a node lives on this machine, all of it ours: there is one at a time, and whatever is here when none runs is left over from a killed run. */
export const STATE = '/run/agent-sandbox-node';
export const DATA = '/var/lib/agent-sandbox-node';
export const LOCK = '/run/agent-sandbox-node.lock';
export const CONTAINERD_SOCKET = join(STATE, 'containerd.sock');
/** Of the cgroups of all Pods, below that of the machine. */
export const CGROUP = 'agent-sandbox-node';

export const NODE_NAME = 'agent-sandbox-node';
/** Pods hang on this bridge; node and API server have addresses on it, because the kubelet takes no loopback address. */
export const BRIDGE = 'agent-sandbox0';
export const NODE_ADDRESS = '10.244.0.1';
export const POD_RANGE = '10.244.0.0/24';
/**
 * The first address of the range is that of the Service `kubernetes`. The API server itself listens there, so that Pods reach it where every Pod looks for
 * it, and nothing has to translate addresses: the other Services here are headless.
 */
export const SERVICE_RANGE = '10.96.0.0/16';
export const API_SERVER = { address: '10.96.0.1', port: 443 };

/** Where Debian puts the programs of CNI. */
export const CNI_PROGRAMS = '/usr/lib/cni';
export const CNI_NETWORK = 'agent-sandbox-node';
/** Name of the RuntimeClass and of containerd's handler for it. */
export const GVISOR = { runtimeClass: 'gvisor', handler: 'runsc' };
