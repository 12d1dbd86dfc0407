import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { generate } from '../../.ci/imports/generate';
import { fetchOpenApi } from '../../.ci/imports/openapi';
import { cluster } from './connection';

jest.setTimeout(60_000);

const ROOT = join(__dirname, '..', '..');

// With KUBEBUILDER_ASSETS the version, and with it the OpenAPI, is the user's choice.
const withPinnedServer = process.env.KUBEBUILDER_ASSETS === undefined ? describe : describe.skip;

withPinnedServer('the committed files', () => {
  it('are what npm run imports makes of the declarations and of the OpenAPI of the running API server', async () => {
    const generated = generate(await fetchOpenApi(cluster()));
    const stale = [...generated].filter(([path, text]) => readFileSync(join(ROOT, path), 'utf8') !== text);
    expect(stale.map(([path]) => path)).toEqual([]);
    // The digests of the image are of npm run image.
    const inImports = readdirSync(join(ROOT, 'imports'))
      .filter((file) => file !== 'image.json')
      .map((file) => `imports/${file}`);
    expect(inImports).toEqual([...generated.keys()].filter((path) => path.startsWith('imports/')).sort());
  });
});
