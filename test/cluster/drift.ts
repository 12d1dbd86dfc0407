import { dirname, join } from 'node:path';

import { isStoredAs, withDataOfSecret } from './built-in-kinds';
import type { ApplyOptions, Cluster, KubeObject } from './connection';
import { isCustom } from './custom-kinds';
import { differences, type Comparison, type Difference } from './differences';
import { KubectlError } from './kubectl';
import { leftBehind } from './left-behind';
import { withLock } from './lock';

/** An object as it stands in a YAML file. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** How `driftOf` goes about it. */
export interface DriftOptions {
  /**
   * How long the objects may take to go.
   *
   * @default 30 - a namespace takes 5 to 7 seconds
   */
  readonly deletionTimeoutSeconds?: number;
}

type Form = ApplyOptions['form'];

interface ObjectDifference extends Difference {
  readonly object: string;
}

/** How often to look again when somebody else wrote meanwhile. */
const ATTEMPTS = 10;
const SHOWN_DIFF_LENGTH = 2000;

const UNCHANGED: Comparison = { additions: 'everywhere', equals: Object.is };
const CUSTOM: Comparison = { additions: 'in lists', equals: Object.is };
const BUILT_IN: Comparison = { additions: 'nowhere', equals: isStoredAs };

/**
 * What a GitOps tool would see change, or left behind, for ever; one sentence each, and none when there is no drift.
 *
 * Applies the manifests twice by server-side apply and, after deleting them, twice by client-side apply. The second time nothing may change: no field,
 * generation, resource version or field owner, and `kubectl diff` finds nothing. What is stored must be what was rendered, in custom kinds with no further
 * member in any list item. In the end everything must go: with the objects also what controllers made for them.
 *
 * Manifests keep their names, so one call at a time runs on a server. Namespaces that they name but do not hold are made and stay, empty. CRDs stay: other
 * test files use them. Rejects when the server refuses an object.
 */
export function driftOf(cluster: Cluster, manifests: readonly Manifest[], options: DriftOptions = {}): Promise<readonly string[]> {
  return oneAtATime(cluster, () => new Run(cluster, manifests, options).findings());
}

/**
 * Applies the manifests once and hands over to `use`; deletes them when it is done, or has failed. Resolves to what it resolves to. One call of this or of
 * `driftOf` runs on a server at a time.
 */
export function whileApplied<T>(cluster: Cluster, manifests: readonly Manifest[], use: () => Promise<T>): Promise<T> {
  return oneAtATime(cluster, () => new Run(cluster, manifests, {}).whileApplied(use));
}

function oneAtATime<T>(cluster: Cluster, run: () => Promise<T>): Promise<T> {
  return withLock(join(dirname(cluster.connection.kubeconfig), 'drift.lock'), () => undefined, run);
}

class Run {
  private readonly namespaces: readonly Manifest[];
  /** What must be there before the rest can be applied. */
  private readonly first: readonly Manifest[];
  private readonly rest: readonly Manifest[];

  constructor(
    private readonly cluster: Cluster,
    private readonly manifests: readonly Manifest[],
    private readonly options: DriftOptions,
  ) {
    this.namespaces = manifests.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Namespace');
    this.first = manifests.filter((manifest) => this.namespaces.includes(manifest) || manifest.kind === 'CustomResourceDefinition');
    this.rest = manifests.filter((manifest) => !this.first.includes(manifest));
  }

  public async findings(): Promise<readonly string[]> {
    const found: string[] = [];
    await this.makeForeignNamespaces();
    try {
      for (const form of ['server', 'client'] as const) {
        const inForm = await this.findingsOf(form);
        found.push(...inForm.map((finding) => `${form}-side apply: ${finding}`));
      }
    } finally {
      await this.deleteNamespaces();
    }
    return found;
  }

  public async whileApplied<T>(use: () => Promise<T>): Promise<T> {
    await this.makeForeignNamespaces();
    try {
      await this.apply('server');
      return await use();
    } finally {
      await this.delete(this.rest);
      await this.deleteNamespaces();
    }
  }

  private async findingsOf(form: Form): Promise<readonly string[]> {
    try {
      await this.apply(form);
      const drift = [...(await this.reapplied(form)), ...(await this.notStored())];
      await this.delete(this.rest);
      return [...drift, ...(await leftBehind(this.cluster, this.namespaceNames()))];
    } catch (error) {
      // The reason of the failure counts, not that after it something could not be deleted.
      await this.delete(this.rest).catch(() => undefined);
      throw error;
    }
  }

  /** What applying once more changes. */
  private async reapplied(form: Form): Promise<readonly string[]> {
    for (let attempt = 1; ; attempt++) {
      const before = await this.stored();
      await this.apply(form);
      const diff = await this.diff(form);
      const after = await this.stored();
      const changes = this.compare(before, after, () => UNCHANGED);
      if (attempt < ATTEMPTS && (othersWrote(before, after) || isRewriteOnly(changes))) continue;
      return [...changes.map(({ object, path, left, right }) => `${object}: applying again changes ${path} from ${text(left)} to ${text(right)}`), ...diff];
    }
  }

  /** What is stored otherwise than rendered. */
  private async notStored(): Promise<readonly string[]> {
    const found = this.compare(this.manifests.map(withDataOfSecret), await this.stored(), ({ apiVersion, kind }) =>
      isCustom(apiVersion, kind) ? CUSTOM : BUILT_IN,
    );
    return found.map(({ object, path, left, right }) => `${object}: ${path} is rendered as ${text(left)} and stored as ${text(right)}`);
  }

  private compare(lefts: readonly object[], rights: readonly object[], comparisonOf: (manifest: Manifest) => Comparison): readonly ObjectDifference[] {
    return this.manifests.flatMap((manifest, index) =>
      differences(lefts[index], rights[index], comparisonOf(manifest)).map((difference) => ({ ...difference, object: titleOf(manifest) })),
    );
  }

  private async apply(form: Form): Promise<void> {
    for (const manifests of [this.first, this.rest]) {
      if (manifests.length > 0) await this.cluster.apply(manifests, { form, force: true });
      await Promise.all(this.namespaces.map(({ metadata }) => this.untilUsable(metadata.name)));
    }
  }

  private async diff(form: Form): Promise<readonly string[]> {
    try {
      await this.cluster.kubectl(['diff', ...(form === 'server' ? ['--server-side', '--force-conflicts'] : []), '--filename', '-'], listOf(this.manifests));
      return [];
    } catch (error) {
      if (!(error instanceof KubectlError) || error.code !== 1) throw error;
      return [`kubectl diff: ${error.stdout.slice(0, SHOWN_DIFF_LENGTH)}`];
    }
  }

  /** What the server has, in the order of the manifests. */
  private async stored(): Promise<readonly KubeObject[]> {
    const output = await this.cluster.kubectl(['get', '--filename', '-', '--output', 'json', '--show-managed-fields'], listOf(this.manifests));
    // kubectl prints a List of objects, and of one object the object itself.
    const answer = JSON.parse(output) as KubeObject & { readonly items?: readonly KubeObject[] };
    return answer.items ?? [answer];
  }

  private async delete(manifests: readonly Manifest[]): Promise<void> {
    const timeout = `--timeout=${this.options.deletionTimeoutSeconds ?? 30}s`;
    if (manifests.length > 0) await this.cluster.kubectl(['delete', '--ignore-not-found', timeout, '--filename', '-'], listOf(manifests));
  }

  private async deleteNamespaces(): Promise<void> {
    // A cluster without a controller manager cannot delete a namespace.
    if (this.cluster.connection.controllerManager) await this.delete(this.namespaces);
  }

  /** All namespaces of the manifests but `default`, in which others may work at the same time. */
  private namespaceNames(): readonly string[] {
    const named = this.manifests.flatMap(({ metadata }) => metadata.namespace ?? []);
    return [...new Set([...named, ...this.namespaces.map(({ metadata }) => metadata.name)])].filter((name) => name !== 'default');
  }

  private async makeForeignNamespaces(): Promise<void> {
    const own = this.namespaces.map(({ metadata }) => metadata.name);
    for (const name of this.namespaceNames().filter((candidate) => !own.includes(candidate))) {
      // 409: an earlier call made it.
      await this.cluster.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      await this.untilUsable(name);
    }
  }
  /** A namespace lets Pods in when it has its service account. */
  private async untilUsable(namespace: string): Promise<void> {
    if (!this.cluster.connection.controllerManager) return;
    await this.cluster.waitFor(`/api/v1/namespaces/${namespace}/serviceaccounts/default`, 'to exist', ({ status }) => status === 200);
  }
}

/** Whether a controller, which reacts to what was applied, wrote between two looks. */
function othersWrote(before: readonly KubeObject[], after: readonly KubeObject[]): boolean {
  const written = ({ metadata, status }: KubeObject): unknown => {
    // Every entry names the manager.
    const entries = (metadata.managedFields ?? []) as readonly { readonly manager: string }[];
    return [status, entries.filter(({ manager }) => !manager.startsWith('kubectl'))];
  };
  return JSON.stringify(before.map(written)) !== JSON.stringify(after.map(written));
}

/** kube-apiserver writes some kinds (PersistentVolumeClaim) with the same content once more when they are applied for the first time after their creation. */
const isRewriteOnly = (changes: readonly Difference[]): boolean => changes.length > 0 && changes.every(({ path }) => path === 'metadata.resourceVersion');

const titleOf = ({ kind, metadata: { namespace, name } }: Manifest): string => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
const listOf = (items: readonly Manifest[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
