import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A file from elsewhere, by its hash in the form of npm: `sha512-` and base64. */
export interface Download {
  /** What it is, for people. */
  readonly title: string;
  readonly integrity: string;
  /** Ways to get it, in the order in which they are tried. Asked only when the file is not kept. */
  sources(): readonly Source[];
}

interface Source {
  /** Where it looks, for people. */
  readonly title: string;
  /** Puts the file somewhere below a folder that is there for nothing else, or answers its content. */
  fetch(folder: string): Promise<Buffer>;
}

/** A file cannot be had, or is not the one that is expected. The message says all of it. */
export class DownloadError extends Error {}

/** Files from elsewhere that are checked whenever they are used, and kept in a folder. */
export class Downloads {
  public constructor(
    private readonly folder: string,
    private readonly say: (text: string) => void,
  ) {}

  /** The content of a file. Throws a DownloadError that names each source and what was wrong with it. */
  public async get(download: Download): Promise<Buffer> {
    const { title, integrity } = download;
    const file = join(this.folder, Buffer.from(integrity).toString('base64url'));
    const kept = this.findKept(file);
    if (kept && integrityOf(kept, integrity) === integrity) return kept;
    const problems: string[] = [];
    for (const source of download.sources()) {
      this.say(`downloading ${title} from ${source.title}`);
      try {
        return this.keep(file, await this.fetch(source, integrity));
      } catch (error) {
        problems.push(`${source.title}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    throw new DownloadError(`cannot get ${title}:\n  ${problems.join('\n  ')}`);
  }

  private async fetch(source: Source, integrity: string): Promise<Buffer> {
    mkdirSync(this.folder, { recursive: true });
    const scratch = mkdtempSync(join(this.folder, 'part-'));
    try {
      const content = await source.fetch(scratch);
      const found = integrityOf(content, integrity);
      if (found !== integrity) throw new Error(`found a file with ${found}, expected ${integrity}`);
      return content;
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }

  private findKept(file: string): Buffer | undefined {
    try {
      return readFileSync(file);
    } catch {
      return undefined;
    }
  }

  /** Under its name only when it is whole: another process may look at the same time. */
  private keep(file: string, content: Buffer): Buffer {
    const part = `${file}.${process.pid}`;
    writeFileSync(part, content);
    renameSync(part, file);
    return content;
  }
}

/** The hash of a content, by the algorithm of another one. */
function integrityOf(content: Buffer, like: string): string {
  const algorithm = like.slice(0, like.indexOf('-'));
  return `${algorithm}-${createHash(algorithm).update(content).digest('base64')}`;
}

/** A package as npm gets it, with the registry and the credentials that npm is configured with. */
export function fromNpm(name: string, version: string): Source {
  return {
    title: 'the registry of npm',
    fetch: async (folder) => {
      await promisify(execFile)('npm', ['pack', '--silent', `${name}@${version}`], { cwd: folder });
      const [file = ''] = readdirSync(folder);
      return readFileSync(join(folder, file));
    },
  };
}

/** A file in an archive of Debian. */
export function fromDebian(path: string, snapshot: string): Source[] {
  return [...debianArchives(), { title: 'snapshot.debian.org', url: `https://snapshot.debian.org/archive/debian/${snapshot}/` }].map(({ title, url }) => ({
    title,
    fetch: () => fetchBytes(`${url}${path}`),
  }));
}

/** Archives of Debian with what is current: the one that apt is configured with, and the public one. */
export function debianArchives(): Array<{ readonly title: string; readonly url: string }> {
  const { status, stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Origin: Debian', 'Label: Debian'], {
    encoding: 'utf8',
  });
  const configured = status === 0 ? [...new Set(stdout.split('\n').filter((line) => /^https?:/.test(line)))] : [];
  return [...configured.map((url) => ({ title: 'the archive of apt', url })), { title: 'deb.debian.org', url: 'https://deb.debian.org/debian/' }];
}

/** Longer than any of these files takes on a slow line. */
const FETCH_MS = 120_000;

/** The body of an answer. Throws an Error for another status than 200. */
export async function fetchBytes(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) }).catch((error: unknown) => {
    throw new Error(reasonOf(error));
  });
  if (!response.ok) throw new Error(`the server answers ${response.status} ${response.statusText}`);
  return Buffer.from(await response.arrayBuffer());
}

/** fetch says only that it failed, and keeps the reason as the cause. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: string; readonly cause?: { readonly message?: string; readonly code?: string } };
  return cause?.message || cause?.code || message || String(error);
}
