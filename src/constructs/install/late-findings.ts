import { CONTROLLER_NAME, SYSTEM_NAMESPACE } from '../../api/installation';
import { CORE_GROUP, EXTENSIONS_GROUP, SANDBOX, SANDBOX_CLAIM, SANDBOX_TEMPLATE, SANDBOX_WARM_POOL, VERSION } from '../../api/kinds';
import { LABEL_LENGTH, SUBDOMAIN_LENGTH } from '../../api/names';

/** What the schema accepts and the controller finds out late or never (spec 01 §12), as rules of a ValidatingAdmissionPolicy in CEL. */

interface Named {
  readonly name: string;
  readonly expression: string;
}

/** One finding: `expression` is true where there is none, `messageExpression` names what was found. */
interface Validation {
  readonly expression: string;
  readonly messageExpression: string;
}

const CREATE_OR_UPDATE = ['CREATE', 'UPDATE'];
const resourceRule = (group: string, ...resources: string[]): object => ({
  apiGroups: [group],
  apiVersions: [VERSION],
  operations: CREATE_OR_UPDATE,
  resources,
  scope: 'Namespaced',
});

/** The objects that are looked at; writes of their status are not. */
export const RESOURCE_RULES: readonly object[] = [
  resourceRule(CORE_GROUP, SANDBOX.plural),
  resourceRule(EXTENSIONS_GROUP, SANDBOX_TEMPLATE.plural, SANDBOX_WARM_POOL.plural, SANDBOX_CLAIM.plural),
];

/** Nobody reads a warning to the controller, and a denial would stop it. */
export const MATCH_CONDITIONS: readonly Named[] = [
  { name: 'not-the-controller', expression: `request.userInfo.username != 'system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER_NAME}'` },
];

/**
 * On a creation the old values are empty, so everything counts as changed; on an update what did not change is no news. Validations reach
 * the fields of a kind only through these variables: the API server checks the types of a validation against each kind, and no kind has all.
 */
export const VARIABLES: readonly Named[] = [
  { name: 'spec', expression: 'object.spec' },
  { name: 'oldSpec', expression: 'oldObject == null ? {} : oldObject.spec' },
  { name: 'oldStatus', expression: 'oldObject != null && has(oldObject.status) ? oldObject.status : {}' },
  { name: 'volumes', expression: 'has(variables.spec.volumeClaimTemplates) ? variables.spec.volumeClaimTemplates : []' },
  {
    name: 'volumesChanged',
    expression: '!has(variables.oldSpec.volumeClaimTemplates) || variables.oldSpec.volumeClaimTemplates != variables.volumes',
  },
  { name: 'volumeNames', expression: "variables.volumes.map(volume, has(volume.metadata) && has(volume.metadata.name) ? volume.metadata.name : '')" },
  {
    name: 'tooLong',
    expression: `variables.volumeNames.map(name, name + '-' + object.metadata.name).filter(name, name.size() > ${SUBDOMAIN_LENGTH})`,
  },
  {
    name: 'podChanged',
    expression: 'variables.volumesChanged || !has(variables.oldSpec.podTemplate) || variables.oldSpec.podTemplate.spec != variables.spec.podTemplate.spec',
  },
  {
    name: 'containers',
    expression: ['containers', 'initContainers', 'ephemeralContainers']
      .map((list) => `(has(variables.spec.podTemplate.spec.${list}) ? variables.spec.podTemplate.spec.${list} : [])`)
      .join(' + '),
  },
  {
    name: 'unmounted',
    expression: `variables.volumeNames.filter(name, name != '' && !variables.containers.exists(container, ${['volumeMounts', 'volumeDevices']
      .map((list) => `(has(container.${list}) && container.${list}.exists(mount, mount.name == name))`)
      .join(' || ')}))`,
  },
  { name: 'env', expression: 'has(variables.spec.env) ? variables.spec.env : []' },
  {
    name: 'repeatedEnv',
    expression: `variables.env.filter(one, !variables.env.exists_one(other, other.name == one.name && ${sameText('other', 'one', 'containerName')}))`,
  },
  { name: 'shutdownTime', expression: shutdownTimeOf('variables.spec') },
  { name: 'oldShutdownTime', expression: shutdownTimeOf('variables.oldSpec') },
  {
    // CEL has no clock. The API server has just written the time into one of these fields, and no field is ahead of it. It keeps none for a Sandbox that was a
    // pool's before it was a claim's, of which only the beginning is known.
    name: 'times',
    expression:
      'oldObject == null || !has(object.metadata.managedFields) ? [object.metadata.creationTimestamp] : object.metadata.managedFields.filter(entry, has(entry.time)).map(entry, entry.time)',
  },
];

function sameText(one: string, other: string, member: string): string {
  const text = (of: string): string => `(has(${of}.${member}) ? ${of}.${member} : '')`;
  return `${text(one)} == ${text(other)}`;
}

function shutdownTimeOf(spec: string): string {
  const inside = `has(${spec}.lifecycle) && has(${spec}.lifecycle.shutdownTime) ? ${spec}.lifecycle.shutdownTime : ''`;
  return `has(${spec}.shutdownTime) ? ${spec}.shutdownTime : (${inside})`;
}

/** A reference without a name, as long as it had one before. */
const emptyReference = (member: string, kind: string): Validation => ({
  expression: `!has(variables.spec.${member}) || variables.spec.${member}.name != '' || (has(variables.oldSpec.${member}) && variables.oldSpec.${member}.name == '')`,
  messageExpression: `'spec.${member}.name: found nothing, expected the name of a ${kind}'`,
});

export const VALIDATIONS: readonly Validation[] = [
  emptyReference('warmPoolRef', SANDBOX_WARM_POOL.kind),
  emptyReference('sandboxTemplateRef', SANDBOX_TEMPLATE.kind),
  {
    expression: "!variables.volumesChanged || !('' in variables.volumeNames)",
    messageExpression:
      "'spec.volumeClaimTemplates[' + string(variables.volumeNames.indexOf('')) + '].metadata.name: found nothing, expected the name of a volume'",
  },
  {
    expression: '(has(variables.oldSpec.env) && variables.oldSpec.env == variables.env) || variables.repeatedEnv.size() == 0',
    messageExpression: "'spec.env: found ' + variables.repeatedEnv[0].name + ' more than once for one container, expected each name once'",
  },
  {
    expression: `object.kind != '${SANDBOX.kind}' || !has(variables.spec.service) || !variables.spec.service || (has(variables.oldSpec.service) && variables.oldSpec.service) || (object.metadata.name.size() <= ${LABEL_LENGTH} && !object.metadata.name.contains('.'))`,
    messageExpression: `'metadata.name: found ' + string(object.metadata.name.size()) + ' characters' + (object.metadata.name.contains('.') ? ' with a dot' : '') + ', expected at most ${LABEL_LENGTH} without dots, because with spec.service the Service has the same name'`,
  },
  {
    expression: `!(object.kind in ['${SANDBOX.kind}', '${SANDBOX_CLAIM.kind}']) || !variables.volumesChanged || variables.tooLong.size() == 0`,
    messageExpression: `'spec.volumeClaimTemplates: the PersistentVolumeClaim would have a name of ' + string(variables.tooLong[0].size()) + ' characters, expected at most ${SUBDOMAIN_LENGTH}: ' + variables.tooLong[0]`,
  },
  {
    expression:
      "variables.shutdownTime == '' || variables.shutdownTime == variables.oldShutdownTime || !variables.times.exists(time, timestamp(variables.shutdownTime) <= timestamp(time))",
    messageExpression:
      "(has(variables.spec.lifecycle) ? 'spec.lifecycle' : 'spec') + '.shutdownTime: found ' + string(variables.shutdownTime) + ', which has passed, expected a time to come'",
  },
  {
    expression: '!has(variables.spec.podTemplate) || !variables.podChanged || variables.unmounted.size() == 0',
    messageExpression:
      "'spec.volumeClaimTemplates: no container mounts ' + variables.unmounted.join(', ') + ', expected a volumeMount or a volumeDevice of that name'",
  },
  {
    expression:
      "!has(variables.oldStatus.sandbox) || !has(variables.oldStatus.sandbox.name) || variables.oldStatus.sandbox.name == '' || variables.oldSpec.warmPoolRef.name == variables.spec.warmPoolRef.name",
    messageExpression:
      "'spec.warmPoolRef.name: found ' + variables.spec.warmPoolRef.name + ', expected ' + variables.oldSpec.warmPoolRef.name + ': the claim has Sandbox ' + variables.oldStatus.sandbox.name + ' and keeps it'",
  },
];
