import { writeFileSync } from 'node:fs';
import { cluster } from '../../test/cluster/connection';
import { generate } from './generate';
import { fetchOpenApi } from './openapi';

/** `npm run imports`: writes everything that follows from the declarations in src/api and from the OpenAPI of the API server. */
async function main(): Promise<void> {
  const openApi = await fetchOpenApi(cluster());
  const files = generate(openApi);
  for (const [path, text] of files) writeFileSync(path, text);
  console.log(`${[...files.keys()].join(', ')} follow kube-apiserver ${openApi.info.version}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
