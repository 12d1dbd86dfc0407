import type { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { SandboxVolumeClaimTemplate } from '../api/types.generated';
import { sizeQuantity } from './quantity';

/** Options of `addWorkspace`. */
export interface WorkspaceOptions {
  /**
   * Name of the volume. The PersistentVolumeClaim is named `<name>-<Sandbox name>`.
   * @default - `workspace` for the first one, the path with dashes for further ones
   */
  readonly name?: string;
  /**
   * Name of the container that gets it. Others mount the volume that `addWorkspace` returns.
   * @default - the first regular container, also if it is added later
   */
  readonly containerName?: string;
  /**
   * Name of the StorageClass.
   * @default - the cluster's
   */
  readonly storageClassName?: string;
  /**
   * How nodes may mount it.
   * @default [ReadWriteOnce] - a Sandbox is one Pod, and every storage driver has it
   */
  readonly accessModes?: kplus.PersistentVolumeAccessMode[];
  /**
   * Labels of the PersistentVolumeClaim.
   * @default - none
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * Annotations of the PersistentVolumeClaim.
   * @default - none
   */
  readonly annotations?: { readonly [key: string]: string };
}

/** The volume that each Sandbox gets from one volume claim template. Mount it with `container.mount('/path', volume)`. */
export class SandboxVolume extends Construct implements kplus.IStorage {
  // Stands in for the volume that the controller adds to the Pod; it is never rendered.
  private readonly placeholder: kplus.Volume;

  /** Made by `addWorkspace` and `addVolumeClaimTemplate`. */
  public constructor(
    scope: Construct,
    /** Name of the volume and of its volume claim template. */
    public readonly name: string,
  ) {
    super(scope, `volume-${name}`);
    this.placeholder = kplus.Volume.fromEmptyDir(this, 'Volume', name);
  }

  /** The volume as containers mount it. */
  public asVolume(): kplus.Volume {
    return this.placeholder;
  }
}

/** A volume that one container gets as soon as it is there. */
export interface PendingMount {
  readonly volume: SandboxVolume;
  readonly path: string;
  readonly containerName?: string;
}

/** The volume claim template of a workspace. */
export function workspaceTemplate(name: string, size: Size, options: WorkspaceOptions): SandboxVolumeClaimTemplate {
  const { storageClassName, labels, annotations, accessModes = [kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE] } = options;
  const storage = sizeQuantity(size, `workspace ${name}: size`);
  return { metadata: { name, labels, annotations }, spec: { accessModes, storageClassName, resources: { requests: { storage } } } };
}

/** The name of a workspace that was given none. Throws if the path has nothing to make one from. */
export function workspaceName(construct: string, path: string, isFirst: boolean): string {
  if (isFirst) return 'workspace';
  const name = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (name === '') throw new Error(`${construct}: addWorkspace: no name can be derived from the path ${JSON.stringify(path)}; give the workspace a name`);
  return name;
}
