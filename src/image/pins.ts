/** What an image is made of, each with the hash of its file: nothing else is ever put into one. */
export interface Pins {
  /** Node.js as npm has it. */
  readonly node: { readonly version: string; readonly packages: { readonly [A in Architecture]: NpmPin } };
  readonly debian: {
    /** Major release. */
    readonly release: string;
    /** When the archive was as the pins say, in the form of snapshot.debian.org: what has left the archive is still there. */
    readonly snapshot: string;
    readonly packages: { readonly [A in Architecture]: readonly DebianPin[] };
  };
}

interface NpmPin {
  readonly name: string;
  /** As package-lock.json writes it. */
  readonly integrity: string;
}

export interface DebianPin {
  readonly name: string;
  readonly version: string;
  /** Path in the archive. */
  readonly path: string;
  /** In the form of npm: the algorithm, and the hash as base64. */
  readonly integrity: string;
}

/** Names of Debian, which are those of OCI too. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];
