import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeTar } from '../../src/image/archive';
import { BASE_PACKAGES } from '../../src/image/base-packages';
import { Downloads } from '../../src/image/downloads';
import type { Ingredients } from '../../src/image/image';
import { ARCHITECTURES, type Architecture, type Pins } from '../../src/image/pins';
import type { Program } from '../../src/image/program';

export const TOY_PROGRAM: Program = {
  info: {
    ...{ version: '0.1.0', commit: 'c0ffee', date: '2026-01-02T03:04:05Z' },
    packages: [{ name: '@scope/lib', version: '2.0.0', license: 'MIT' }],
  },
  entries: [{ path: 'app/controller.cjs', mode: 0o644, content: Buffer.from('the program') }],
};

/** Machines that make an image of small packages, each as if for the first time, without a network. */
export class ToyMachines {
  public static async make(folder: string): Promise<ToyMachines> {
    const machines = new ToyMachines(folder);
    const tarball = gzipSync(
      await writeTar(['bin/node', 'LICENSE', 'README'].map((path) => ({ path: `package/${path}`, mode: 0o755, content: Buffer.from(path) }))),
    );
    const integrity = machines.keep(tarball);
    const [amd64 = [], arm64 = []] = ARCHITECTURES.map((architecture) =>
      Object.keys(BASE_PACKAGES).map((name) => {
        return { name, version: '1-1', path: `pool/${name}.deb`, integrity: machines.keep(machines.debOf(name, architecture)) };
      }),
    );
    machines.pins = {
      node: { version: '1.2.3', packages: { amd64: { name: 'node-x', integrity }, arm64: { name: 'node-arm', integrity } } },
      debian: { release: '13', snapshot: 'never', packages: { amd64, arm64 } },
    };
    return machines;
  }

  /** Set by `make`. */
  public pins!: Pins;
  private readonly files = new Map<string, Buffer>();

  private constructor(private readonly folder: string) {}

  /** Lets every machine have a file. Answers its hash. */
  public keep(content: Buffer): string {
    const integrity = `sha256-${createHash('sha256').update(content).digest('base64')}`;
    this.files.set(integrity, content);
    return integrity;
  }

  /** What a new machine makes an image from. */
  public async ingredients(): Promise<Ingredients> {
    const own = mkdtempSync(join(this.folder, 'machine-'));
    const downloads = new Downloads(join(own, 'downloads'), () => undefined);
    for (const [integrity, content] of this.files) {
      await downloads.get({ title: '', integrity, sources: () => [{ title: '', fetch: () => Promise.resolve(content) }] });
    }
    return { pins: this.pins, program: TOY_PROGRAM, downloads, layerFolder: join(own, 'layers') };
  }

  /** A package with one file that is taken at most, and one that is not. */
  private debOf(name: string, architecture: Architecture): Buffer {
    const content = mkdtempSync(join(this.folder, 'deb-'));
    const taken: Readonly<Record<string, string>> = {
      'base-files': 'usr/lib/os-release',
      libc6: 'usr/lib/any/libc.so.6',
      'libgcc-s1': 'usr/lib/any/libgcc_s.so.1',
    };
    const files = [taken[name] ?? 'usr/bin/none', 'usr/bin/other', `usr/share/doc/${name}/copyright`];
    const control = `Package: ${name}\nVersion: 1-1\nArchitecture: ${architecture}\nMaintainer: a <a@b>\nDescription: a toy\n`;
    for (const [file, text] of [['DEBIAN/control', control], ...files.map((file) => [file, `${file} of ${architecture}\n`])] as const) {
      mkdirSync(dirname(join(content, file ?? '')), { recursive: true });
      writeFileSync(join(content, file ?? ''), text ?? '');
    }
    const file = `${content}.deb`;
    execFileSync('dpkg-deb', ['--build', '--root-owner-group', '-Zxz', content, file], { stdio: 'pipe' });
    return readFileSync(file);
  }
}
