import { stringify } from 'yaml';
import { crdOf } from '../../src/api/crds';
import { FLAGS } from '../../src/api/flags';
import { KINDS } from '../../src/api/kinds';
import { flagTypesOf } from './flag-types';
import { definitionsOf, unknownDefaults, type OpenApi } from './openapi';
import { typesOf } from './types';

/** Largest CRD, in bytes of compact JSON: client-side apply keeps a copy in an annotation of at most 262,144 bytes (spec 01 §2.7). */
const CRD_LIMIT = 200_000;

/** What `npm run imports` writes, by path below the repository, except the output of `cdk8s import`. */
export function generate(openApi: OpenApi): ReadonlyMap<string, string> {
  const unknown = unknownDefaults(openApi);
  if (unknown.length > 0) throw new Error(`defaults are declared for types that the API server does not have: ${unknown.join(', ')}`);
  const crds = KINDS.map((kind) => crdOf(kind, definitionsOf(openApi, { docs: false })));
  for (const crd of crds) {
    const bytes = Buffer.byteLength(JSON.stringify(crd));
    if (bytes > CRD_LIMIT) throw new Error(`CRD ${crd.metadata.name} has ${bytes} bytes; client-side apply allows ${CRD_LIMIT}`);
  }
  const documented = definitionsOf(openApi, { docs: true });
  const specs = KINDS.map((kind) => kind.spec);
  return new Map([
    ['imports/crds.json', `[\n${crds.map((crd) => JSON.stringify(crd)).join(',\n')}\n]\n`],
    ['imports/crds.yaml', crds.map((crd) => stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n')],
    ['src/api/types.generated.ts', typesOf(specs, documented, { only: 'own' })],
    ['src/api/k8s.generated.ts', typesOf(specs, documented, { only: 'embedded' })],
    ['src/constructs/install/controller-flags.generated.ts', flagTypesOf(FLAGS)],
  ]);
}
