import { metadataFaults, subdomainFaults } from './object-meta';
import { Refusal, type Cause } from './refusal';
import type { ResourceType } from './resource-types';
import type { Stored } from './stored';

const BLOCKING = ['FieldValueRequired', 'FieldValueNotSupported', 'FieldValueTooLong', 'FieldValueTypeInvalid'];
const UNCHECKED: Cause = {
  reason: 'FieldValueInvalid',
  message: 'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};

/** Refuses with 422 if something is wrong with an object that is to be created or, with `old`, changed. */
export function assertValid(type: ResourceType, object: Stored, old?: Stored): void {
  const { name } = object.metadata;
  const ofName = old ? [] : (type.rules.nameFaults ?? subdomainFaults)(name);
  const causes = [...ofName, ...metadataFaults(object, old), ...type.rules.faults(object, old)];
  const isBlocked = type.rules.hasExpressions === true && causes.some(({ reason }) => BLOCKING.includes(reason));
  if (isBlocked) throw invalidObject(type, name, [...causes, UNCHECKED]);
  if (causes.length > 0) throw invalidObject(type, name, causes);
}

/** 422, with the causes in the message. */
export function invalidObject(type: ResourceType, name: string, causes: readonly Cause[]): Refusal {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const text = texts.length === 1 ? texts.join() : `[${texts.join(', ')}]`;
  // The server names an event by its older group, which has none.
  const group = type.kindText.includes('.') ? type.group : '';
  const details = { ...(name !== '' && { name }), ...(group !== '' && { group }), kind: type.kind, causes };
  return new Refusal(422, 'Invalid', `${type.kindText} ${JSON.stringify(name)} is invalid: ${text}`, details);
}
