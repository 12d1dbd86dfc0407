import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { generate } from './generate';
import type { OpenApi } from './openapi';

/** Reads the OpenAPI document of the API server named by CLUSTER_URL, CLUSTER_TOKEN and CLUSTER_CA (a file). */
export function fetchOpenApi(environment: NodeJS.ProcessEnv): Promise<OpenApi> {
  const { CLUSTER_URL, CLUSTER_TOKEN, CLUSTER_CA } = environment;
  if (!CLUSTER_URL || !CLUSTER_TOKEN || !CLUSTER_CA)
    throw new Error('CLUSTER_URL, CLUSTER_TOKEN and CLUSTER_CA name the API server; run this by: npm run imports');
  return new Promise((resolve, reject) => {
    const get = request(
      `${CLUSTER_URL}/openapi/v2`,
      { ca: readFileSync(CLUSTER_CA), headers: { authorization: `Bearer ${CLUSTER_TOKEN}`, accept: 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        // The document's shape is the API server's contract.
        response.on('end', () =>
          response.statusCode === 200
            ? resolve(JSON.parse(Buffer.concat(chunks).toString()) as OpenApi)
            : reject(new Error(`GET /openapi/v2: HTTP ${String(response.statusCode)}`)),
        );
      },
    );
    get.on('error', reject);
    get.end();
  });
}

async function main(): Promise<void> {
  const file = process.argv[2];
  // A saved document, for work without a server.
  const openApi = file ? (JSON.parse(readFileSync(file, 'utf8')) as OpenApi) : await fetchOpenApi(process.env);
  for (const [path, text] of generate(openApi)) writeFileSync(path, text);
  execFileSync(
    'npx',
    ['cdk8s', 'import', 'imports/crds.yaml', '--class-prefix', 'Kube', '--output', 'imports', '--language', 'typescript', '--check-upgrade=false'],
    { stdio: 'inherit' },
  );
  execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', 'src/api/types.generated.ts', 'src/api/k8s.generated.ts'], { stdio: 'inherit' });
  console.log(`imports/ and src/api/*.generated.ts follow kube-apiserver ${openApi.info.version}`);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
