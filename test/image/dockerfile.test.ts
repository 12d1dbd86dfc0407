import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeImage } from '../../src/image/image';
import { ToyMachines } from '../support/toy-image';

// Nothing here can build it: that needs a container engine and Docker Hub. Its files come from the tool; this compares the rest.
test('the Dockerfile configures containers as the image that we make is configured', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dockerfile-'));
  try {
    const { platforms } = await makeImage(['amd64'], await (await ToyMachines.make(folder)).ingredients());
    // What the function writes.
    const { config } = JSON.parse(platforms[0]?.config.content.toString() ?? '') as { readonly config: Readonly<Record<string, unknown>> };
    const text = readFileSync(join(__dirname, '..', '..', 'Dockerfile'), 'utf8').split('FROM scratch')[1] ?? '';
    const value = (instruction: string): string | undefined => new RegExp(`^${instruction} (.*)$`, 'm').exec(text)?.[1];
    expect(value('USER')).toBe(config.User);
    expect(JSON.parse(value('ENTRYPOINT') ?? '')).toEqual(config.Entrypoint);
    expect([value('ENV')]).toEqual(config.Env);
    expect(value('EXPOSE')?.split(' ')).toEqual(Object.keys(config.ExposedPorts ?? {}));
    expect(value('WORKDIR')).toBe(config.WorkingDir);
    expect([...text.matchAll(/(org\.[\w.]+)="/g)].map(([, label]) => label)).toEqual(Object.keys(config.Labels ?? {}));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
