import { IMAGE_REPOSITORY, loadPublishedImage } from '../../api/published-image';
import { readBundle } from './bundle-file';
import { BUNDLE_FOLDER, bundleConfigMaps } from './inline-bundle';
import type { Manifest } from './manifest';

/** Options of `ControllerImage.fromRegistry`. */
export interface RegistryImageOptions {
  /**
   * Digest of the image, `sha256:` and 64 hexadecimal digits. It pins what runs; a tag in the name is for people then.
   * @default - what the name says
   */
  readonly digest?: string;
}

/** Options of `ControllerImage.inline`. */
export interface InlineImageOptions {
  /**
   * Image with Node.js 22 or newer as `node` on its PATH. Anything else in it is not used, its user and its entry point included.
   * @default - Node.js 24.21.0 on Debian 13 from Docker Hub, by the digest that its tag 24.21.0-trixie-slim had in October 2026 for amd64 and
   * arm64, as public Dockerfiles pin it
   */
  readonly nodeImage?: string;
}

/** How a container runs the controller. */
export interface ControllerProgram {
  readonly image: string;
  /** Absent where the image knows. */
  readonly command?: readonly string[];
  /** Absent where the image names one. */
  readonly runAsUser?: number;
  /** Objects whose content is mounted together at `BUNDLE_FOLDER`. */
  readonly configMaps: readonly Manifest[];
}

/** The programs that the controller may need beside its own. */
export interface ProgramNeeds {
  /** Whether it sends traces. */
  readonly tracing: boolean;
}

/** Where the program of the controller comes from. */
export class ControllerImage {
  /** The image that was published with this version of the package, by its digest. */
  public static published(): ControllerImage {
    const { version, digest } = loadPublishedImage();
    return ControllerImage.fromRegistry(`${IMAGE_REPOSITORY}:${version}`, { digest });
  }

  /**
   * An image that you have pushed yourself, such as a copy of the published one or what `npm run image` has made.
   *
   * Throws when `name` is no reference such as `example/agent-sandbox-controller:1.0.0`, or has a digest beside the option.
   */
  public static fromRegistry(name: string, options: RegistryImageOptions = {}): ControllerImage {
    const image = registryImage(name, options.digest);
    return new ControllerImage(() => ({ image, configMaps: [] }));
  }

  /**
   * No image of our own: the program is part of the manifests, compressed in immutable ConfigMaps, and any image with Node.js runs it. For
   * clusters that can pull from one registry only, and for programs that are built here.
   */
  public static inline(options: InlineImageOptions = {}): ControllerImage {
    const image = registryImage(options.nodeImage ?? NODE_IMAGE);
    return new ControllerImage(({ tracing }) => ({
      image,
      command: ['node', `${BUNDLE_FOLDER}/${CONTROLLER}`],
      runAsUser: USER,
      configMaps: [CONTROLLER, ...(tracing ? [TRACING] : [])].flatMap((file) => bundleConfigMaps(file, readBundle(file))),
    }));
  }

  private constructor(private readonly programFor: (needs: ProgramNeeds) => ControllerProgram) {}

  /** @internal Read by AgentSandboxSystem when it renders: a bundle that nothing installs is not looked for. */
  public _program(needs: ProgramNeeds): ControllerProgram {
    return this.programFor(needs);
  }
}

const NODE_IMAGE = 'docker.io/library/node:24.21.0-trixie-slim@sha256:173f125896c3b47ddf056734c7ea789d04595a6a08769a8f78e0df642781fb66';
/** That of our own image; the official images of Node.js begin as root, which `runAsNonRoot` refuses. */
const USER = 65532;
const CONTROLLER = 'controller.cjs';
const TRACING = 'tracing.cjs';

function registryImage(name: string, digest?: string): string {
  const found = (field: string, value: unknown): string => `ControllerImage: ${field}: found ${JSON.stringify(value)}`;
  if (!/^[^\s@]+(@sha256:[0-9a-f]{64})?$/.test(name))
    throw new Error(`${found('name', name)}, expected a reference such as example/agent-sandbox-controller:1.0.0`);
  if (digest === undefined) return name;
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${found('digest', digest)}, expected sha256: and 64 digits from 0 to 9 and a to f`);
  if (name.includes('@')) throw new Error(`${found('digest', digest)} and one in the name too; remove one of the two`);
  return `${name}@${digest}`;
}
