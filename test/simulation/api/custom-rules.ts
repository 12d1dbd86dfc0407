import { loadCrds } from '../../../src/api/crds';
import { KINDS, SANDBOX, type Kind } from '../../../src/api/kinds';
import { same, withMembers } from './json';
import { invalid, type Cause } from './refusal';
import { type Rules } from './rules';
import { partOf, type Stored } from './stored';
import { normalised, structureOf } from './structure';
import { violations } from './validation';

/** Objects of one of our kinds, by the committed CRD: pruned, defaulted and checked as the server does. */
export function customRules(kind: Kind): Rules {
  const schema = loadCrds()[KINDS.indexOf(kind)]?.spec.versions[0]?.schema.openAPIV3Schema;
  if (!schema) throw new Error(`imports/crds.json holds no schema for ${kind.kind}; run npm run imports`);
  const root = structureOf({ ...schema, properties: { ...schema.properties, metadata: { type: 'object' } } });
  const hasExpressions = kind === SANDBOX;
  // Metadata has rules of its own.
  const withoutMetadata = (object: Stored) => withMembers(object, { metadata: undefined });
  return {
    complete: (object, { old }) => {
      const members = normalised(root, withoutMetadata(object), old);
      // Normalising an object gives an object, and the metadata is put back.
      return withMembers(object, { ...absent(object), ...(members as Stored), metadata: object.metadata });
    },
    faults(object, old) {
      const found = [...violations(root, withoutMetadata(object), '', old), ...(kind.scale ? scaleFaults(object) : [])];
      return hasExpressions && old ? [...found, ...immutableFaults(object, old)] : found;
    },
    hasExpressions,
  };
}

/** Every member but metadata, as absent. */
const absent = (object: Stored) => Object.fromEntries(Object.keys(object).map((name) => [name, undefined]));

/** What is to be scaled is looked at once more, by the path of the scale subresource. */
function scaleFaults(object: Stored): readonly Cause[] {
  const { replicas } = partOf(object, 'spec');
  if (replicas === undefined || (Number.isInteger(replicas) && Number(replicas) >= 0)) return [];
  return [invalid('.spec.replicas', replicas, 'should be a non-negative integer')];
}

// The only CEL rule of the API (spec 01 §4.2), as code.
function immutableFaults(object: Stored, old: Stored): readonly Cause[] {
  const [now, before] = [object, old].map((one) => partOf(one, 'spec').volumeClaimTemplates);
  return same(now, before) ? [] : [{ ...invalid('spec', '', ''), message: 'Invalid value: volumeClaimTemplates is immutable' }];
}
