import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { selfSigned } from '../../src/runtime/self-signed';
import { PAUSE_IMAGE } from './images';
import { BRIDGE, CGROUP, CNI_NETWORK, CNI_PROGRAMS, CONTAINERD_SOCKET, DATA, GVISOR, NODE_ADDRESS, POD_RANGE, STATE } from './layout';

const CNI_FOLDER = join(STATE, 'cni');

/** Writes what containerd reads; answers the file. */
export function writeContainerdConfig(runsc: string): string {
  mkdirSync(CNI_FOLDER, { recursive: true });
  write(join(CNI_FOLDER, '10-bridge.conflist'), JSON.stringify(CNI));
  const shim = write(join(STATE, 'runsc.toml'), runscConfig(runsc));
  return write(join(STATE, 'containerd.toml'), containerdConfig(shim));
}

/** Pods get addresses of the bridge, and reach each other and this machine by it; nothing is translated. */
const CNI = {
  cniVersion: '1.0.0',
  name: CNI_NETWORK,
  plugins: [
    {
      type: 'bridge',
      bridge: BRIDGE,
      isDefaultGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: POD_RANGE, gateway: NODE_ADDRESS }]], dataDir: join(DATA, 'addresses') },
    },
  ],
};

/** systrap runs everywhere; KVM inside a virtual machine does not. */
const runscConfig = (runsc: string): string => `binary_name = "${runsc}"
root = "${join(STATE, 'runsc')}"
[runsc_config]
platform = "systrap"
`;

const CRI = 'io.containerd.grpc.v1.cri';

// Without CAP_SYS_RESOURCE nothing may be less killable than containerd itself, which restrict_oom_score_adj respects.
const containerdConfig = (shim: string): string => `version = 2
root = "${join(DATA, 'containerd')}"
state = "${join(STATE, 'containerd')}"
[grpc]
address = "${CONTAINERD_SOCKET}"
[plugins."${CRI}"]
sandbox_image = "${PAUSE_IMAGE}"
disable_apparmor = true
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
stream_server_address = "127.0.0.1"
[plugins."${CRI}".cni]
bin_dir = "${CNI_PROGRAMS}"
conf_dir = "${CNI_FOLDER}"
[plugins."${CRI}".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."${CRI}".containerd.runtimes.${GVISOR.handler}]
runtime_type = "io.containerd.runsc.v1"
[plugins."${CRI}".containerd.runtimes.${GVISOR.handler}.options]
TypeUrl = "io.containerd.runsc.v1.options"
ConfigPath = "${shim}"
`;

/** The certificate by which the kubelet knows the API server, for exec and logs. */
export function writeKubeletClient(): { readonly cert: string; readonly key: string } {
  const { cert, key } = selfSigned(Date.now());
  return { cert: write(join(STATE, 'kubelet-client.crt'), cert), key: write(join(STATE, 'kubelet-client.key'), key) };
}

/** Writes what the kubelet reads; answers the file. */
export function writeKubeletConfig(clientCa: string): string {
  const config = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: NODE_ADDRESS,
    healthzPort: 0,
    // Only the API server has the key of that certificate.
    authentication: { anonymous: { enabled: false }, webhook: { enabled: false }, x509: { clientCAFile: clientCa } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${CGROUP}`,
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    resolvConf: '',
    podLogsDir: join(DATA, 'logs'),
    volumePluginDir: join(DATA, 'volume-plugins'),
    // However full the disk is: nothing can be pulled again.
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'nodefs.inodesFree': '1%', 'imagefs.available': '1%' },
  };
  return write(join(STATE, 'kubelet.json'), JSON.stringify(config));
}

function write(file: string, content: string): string {
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}
