import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeImage, type Image } from '../../src/image/image';
import { blobsOf } from '../../src/image/layout';
import { ARCHITECTURES } from '../../src/image/pins';
import { parseReference } from '../../src/image/reference';
import { push, Repository } from '../../src/image/registry';
import { ToyMachines } from '../support/toy-image';
import { provide } from './build';
import { until } from './until';

// The first run builds crane.
jest.setTimeout(600_000);

const folder = mkdtempSync(join(tmpdir(), 'image-'));
let crane: string;
let registry: ChildProcess;
let name: string;
let image: Image;

beforeAll(async () => {
  crane = await provide('crane');
  // It takes a port that is free, and says which.
  registry = spawn(crane, ['registry', 'serve', '--address', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  registry.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  name = `127.0.0.1:${await until('the registry listens', () => /serving on port (\d+)/.exec(said)?.[1])}/team/controller:0.1.0`;
  image = await makeImage(ARCHITECTURES, await (await ToyMachines.make(folder)).ingredients());
});
afterAll(async () => {
  registry.kill();
  await once(registry, 'exit');
  rmSync(folder, { recursive: true });
});

const ask = async (...args: readonly string[]): Promise<string> => (await promisify(execFile)(crane, [...args, name])).stdout.trim();

test('an image that is pushed has its digest in a real registry, every layer is whole, and pushing again sends nothing', async () => {
  const pushed = async (): Promise<readonly string[]> => {
    const said: string[] = [];
    const reference = parseReference(name, false);
    await push(new Repository(reference, undefined), { blobs: blobsOf(image), tag: reference.tag, say: (text) => said.push(text.slice(0, 9)) });
    return said;
  };
  expect(new Set(await pushed())).toEqual(new Set(['uploading']));
  expect(await ask('digest')).toBe(image.index.digest);
  await expect(ask('validate', '--remote')).resolves.toBeDefined();
  for (const { platform, manifest } of image.platforms) {
    expect(await ask('digest', '--platform', `linux/${platform.architecture}`)).toBe(manifest.digest);
  }
  expect(new Set(await pushed())).toEqual(new Set(['is there ']));
});
