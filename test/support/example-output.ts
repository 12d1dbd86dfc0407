import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** The programs of this repository. */
const FOLDER = join(__dirname, '..', '..', 'examples');
/** Their file names. */
export const EXAMPLES = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'));

/** An object as it stands in a YAML file. */
export interface Manifest<Spec = object> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Spec;
}

/** What a program wrote. */
export class ExampleOutput {
  private constructor(
    /** The objects of each file, whose path begins in the output folder. */
    public readonly files: ReadonlyMap<string, readonly Manifest[]>,
  ) {}

  /** Runs a program inside of this process, which spares it loading cdk8s. A test file can run each program once. */
  public static async of(example: string): Promise<ExampleOutput> {
    const outdir = mkdtempSync(join(tmpdir(), 'agent-sandbox-example-'));
    process.env.CDK8S_OUTDIR = outdir;
    try {
      await import(join(FOLDER, example));
      const paths = readdirSync(outdir, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'));
      return new ExampleOutput(new Map(paths.sort().map((path) => [path.split(sep).join('/'), manifestsIn(readFileSync(join(outdir, path), 'utf8'))])));
    } finally {
      delete process.env.CDK8S_OUTDIR;
      rmSync(outdir, { recursive: true });
    }
  }

  public get manifests(): readonly Manifest[] {
    return [...this.files.values()].flat();
  }

  /** All objects of a kind. The caller says what their specs look like, and fails where they do not. */
  public all<Spec = object>(kind: string): readonly Manifest<Spec>[] {
    return this.manifests.filter((manifest) => manifest.kind === kind) as Manifest<Spec>[];
  }

  /** The one object of a kind, or of a kind and name. */
  public one<Spec = object>(kind: string, name?: string): Manifest<Spec> {
    const [first, ...others] = this.all<Spec>(kind).filter(({ metadata }) => name === undefined || metadata.name === name);
    if (!first || others.length > 0) throw new Error(`expected one ${kind} ${name ?? ''}, found ${others.length + (first ? 1 : 0)}`);
    return first;
  }
}

/** The objects of a YAML file. kubectl reads YAML 1.1 too. */
export const manifestsIn = (text: string): readonly Manifest[] =>
  // What cdk8s writes are objects.
  parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Manifest);
