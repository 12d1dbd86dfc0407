import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that is built from Go modules: those of the control plane and of a node, those that benchmarks need, and what judges alerts and images. */
export type Component =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kubelet'
  | 'runsc'
  | 'containerd-shim-runsc-v1'
  | 'helm'
  | 'kustomize'
  | 'promtool'
  | 'crane'
  | 'kwok';

/** How a component is built from the Go modules in `modules/`. */
export interface Recipe {
  /** Folder of the go.mod that pins the component. */
  readonly folder: string;
  /** Package of the component's main function. */
  readonly package: string;
  /** Version that go.mod asks for. */
  readonly version: string;
  /** Flags of `go build`. */
  readonly flags: readonly string[];
  /** Minutes that a first build takes on two cores, with nothing in the Go build cache but the components above it in the table. */
  readonly minutes: number;
  /** What is replaced in the published source before it is built. */
  readonly patch?: Patch;
}

/** One text of one published file, and what stands there instead. */
export interface Patch {
  /** Import path of the package and name of the file. */
  readonly file: string;
  /** It must be there exactly once. */
  readonly find: string;
  readonly replace: string;
}

interface Source {
  /** Folder in `modules/`. */
  readonly module: keyof typeof PINNED_MODULE;
  readonly package: string;
  readonly minutes: number;
  readonly patch?: Patch;
  /** Build tags. */
  readonly tags?: string;
}

/** Without CAP_SYS_RESOURCE, as in many virtual machines, the shim may not make itself unkillable, and would not start; runc's shim goes on then. */
const WITHOUT_SYS_RESOURCE: Patch = {
  file: 'gvisor.dev/gvisor/pkg/shim/v1/service.go',
  find: 'if err := sys.SetOOMScore(cmd.Process.Pid, oomScoreMaxKillable); err != nil {',
  replace: 'if err := sys.SetOOMScore(cmd.Process.Pid, oomScoreMaxKillable); err != nil && !os.IsPermission(err) {',
};

// Measured on two cores, in this order: 44 s, 5 min 50 s, 1 min 45 s, 8 s, 39 s, (the kubelet only beside other work), 1 min 40 s, 12 s, 1 min 19 s, 25 s, (promtool beside other work, from nothing: 199 s of processor time), (crane not measured), (kwok beside other work, 2 min 27 s).
const SOURCES: Readonly<Record<Component, Source>> = {
  etcd: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3', minutes: 1 },
  'kube-apiserver': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver', minutes: 6 },
  'kube-controller-manager': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-controller-manager', minutes: 2 },
  'kube-scheduler': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-scheduler', minutes: 1 },
  kubectl: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl', minutes: 1 },
  kubelet: { module: 'kubelet', package: 'k8s.io/kubernetes/cmd/kubelet', minutes: 6 },
  runsc: { module: 'gvisor', package: 'gvisor.dev/gvisor/runsc', minutes: 2 },
  'containerd-shim-runsc-v1': { module: 'gvisor', package: 'gvisor.dev/gvisor/shim', minutes: 1, patch: WITHOUT_SYS_RESOURCE },
  helm: { module: 'helm', package: 'helm.sh/helm/v3/cmd/helm', minutes: 2 },
  kustomize: { module: 'kustomize', package: 'sigs.k8s.io/kustomize/kustomize/v5', minutes: 1 },
  // Without what finds targets in clouds, whose clients are most of it.
  promtool: { module: 'prometheus', package: 'github.com/prometheus/prometheus/cmd/promtool', minutes: 2, tags: 'remove_all_sd' },
  crane: { module: 'crane', package: 'github.com/google/go-containerregistry/cmd/crane', minutes: 1 },
  kwok: { module: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', minutes: 3 },
};

const PINNED_MODULE = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kubernetes: 'k8s.io/kubernetes',
  // A minor version older, because the next one refuses the containerd that Debian has.
  kubelet: 'k8s.io/kubernetes',
  gvisor: 'gvisor.dev/gvisor',
  helm: 'helm.sh/helm/v3',
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5',
  prometheus: 'github.com/prometheus/prometheus',
  crane: 'github.com/google/go-containerregistry',
  kwok: 'sigs.k8s.io/kwok',
};

/** Everything but the module files that decides what the compiler makes; part of the cache key. */
export const BUILD_ENVIRONMENT = { CGO_ENABLED: '0' };

export function isComponent(name: string): name is Component {
  return Object.hasOwn(SOURCES, name);
}

export const COMPONENTS: readonly Component[] = Object.keys(SOURCES).filter(isComponent);

export function recipeOf(component: Component): Recipe {
  const source = SOURCES[component];
  const folder = join(__dirname, 'modules', source.module);
  const version = pinnedVersion(join(folder, 'go.mod'), PINNED_MODULE[source.module]);
  const { package: name, minutes, patch, tags } = source;
  const flags = ['-trimpath', ...(tags === undefined ? [] : ['-tags', tags]), '-ldflags', linkerFlags(source.module, version)];
  return { folder, package: name, version, flags, minutes, ...(patch && { patch }) };
}

/** Name of the component's folder in the cache: it changes with everything that changes the program. */
export function cacheNameOf(component: Component): string {
  const recipe = recipeOf(component);
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(recipe.folder, file)));
  hash.update(JSON.stringify([recipe.package, recipe.flags, BUILD_ENVIRONMENT, ...(recipe.patch ? [recipe.patch] : [])]));
  return `${component}-${recipe.version}-${hash.digest('hex').slice(0, 12)}`;
}

function pinnedVersion(goMod: string, module: string): string {
  const words = readFileSync(goMod, 'utf8')
    .split('\n')
    .map((line) =>
      line
        .replace(/^require\s/, '')
        .trim()
        .split(/\s+/),
    )
    .find(([name, version]) => name === module && version !== undefined);
  if (!words?.[1]) throw new Error(`${goMod} does not require ${module}; add it, and run go mod tidy there`);
  return words[1];
}

/** Without its version a Kubernetes component calls itself v0.0.0, and feature gates and kubectl complain. */
function linkerFlags(module: Source['module'], version: string): string {
  if (PINNED_MODULE[module] !== PINNED_MODULE.kubernetes) return '-s -w';
  const [major, minor] = version.replace(/^v/, '').split('.');
  const set = (variable: string, value: string | undefined) => ` -X k8s.io/component-base/version.${variable}=${value}`;
  return `-s -w${set('gitVersion', version)}${set('gitMajor', major)}${set('gitMinor', minor)}`;
}
