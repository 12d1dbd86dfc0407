import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { POD_SPEC } from '../../src/api/blueprint';
import { crdOf, type CustomResourceDefinition } from '../../src/api/crds';
import { embedded, object } from '../../src/api/field';
import { FLAGS } from '../../src/api/flags';
import { KINDS } from '../../src/api/kinds';
import type { Definitions } from '../../src/api/schema';
import { flagTypesOf } from './flag-types';
import { definitionsOf, unknownDefaults, type OpenApi } from './openapi';
import { typesOf } from './types';

/** Largest CRD, in bytes of compact JSON: client-side apply keeps a copy in an annotation of at most 262,144 bytes (spec 01 §2.7). */
const CRD_LIMIT = 200_000;

/** What `npm run imports` writes: texts by path below the repository. */
export function generate(openApi: OpenApi): ReadonlyMap<string, string> {
  const unknown = unknownDefaults(openApi);
  if (unknown.length > 0) throw new Error(`defaults are declared for types that the API server does not have: ${unknown.join(', ')}`);
  const crds = KINDS.map((kind) => crdOf(kind, definitionsOf(openApi, { docs: false })));
  crds.forEach(refuseTooLarge);
  const yaml = crds.map((crd) => stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
  return new Map([
    ['imports/crds.json', `[\n${crds.map((crd) => JSON.stringify(crd)).join(',\n')}\n]\n`],
    ['imports/crds.yaml', yaml],
    ...importedFrom(yaml),
    ...typesFrom(openApi),
  ]);
}

function refuseTooLarge(crd: CustomResourceDefinition): void {
  const bytes = Buffer.byteLength(JSON.stringify(crd));
  if (bytes > CRD_LIMIT) throw new Error(`CRD ${crd.metadata.name} has ${bytes} bytes; client-side apply allows ${CRD_LIMIT}`);
}

/** What `cdk8s import` makes of the CRDs. Of several files with one group the last would win, so it gets one. */
function importedFrom(crds: string): readonly (readonly [string, string])[] {
  const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-imports-'));
  try {
    writeFileSync(join(folder, 'crds.yaml'), crds);
    const options = ['--class-prefix', 'Kube', '--output', 'imports', '--language', 'typescript', '--no-save', '--check-upgrade=false'];
    execFileSync('cdk8s', ['import', 'crds.yaml', ...options], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    return readdirSync(join(folder, 'imports')).map((file) => [`imports/${file}`, readFileSync(join(folder, 'imports', file), 'utf8')]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function typesFrom(openApi: OpenApi): readonly (readonly [string, string])[] {
  const documented = withOverlay(definitionsOf(openApi, { docs: true }));
  const specs = [...KINDS.map((kind) => kind.spec), embedded(OVERLAY)];
  const sources: readonly [string, string][] = [
    ['src/api/types.generated.ts', typesOf(specs, documented, { only: 'own' })],
    ['src/api/k8s.generated.ts', typesOf(specs, documented, { only: 'embedded' })],
    ['src/constructs/install/controller-flags.generated.ts', flagTypesOf(FLAGS)],
  ];
  return sources.map(([path, input]) => [path, execFileSync('prettier', ['--stdin-filepath', path], { input, encoding: 'utf8' })]);
}

const OVERLAY = 'PodSpecOverlay';

/** Beside all definitions a PodSpec of which nothing is required, for what is laid over another PodSpec. */
function withOverlay(definitions: Definitions): Definitions {
  const podSpec = definitions(POD_SPEC);
  if (podSpec.kind !== 'object') throw new Error(`${POD_SPEC} of the API server's OpenAPI is no object`);
  const fields = Object.fromEntries(Object.entries(podSpec.fields).map(([name, field]) => [name, { ...field, required: false }]));
  const overlay = object(OVERLAY, fields, { doc: 'Fields of a PodSpec that are laid over those of another one.' });
  return (name) => (name === OVERLAY ? overlay : definitions(name));
}
