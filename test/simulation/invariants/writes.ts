import { findControllerOf } from '../../../src/runtime/object';
import type { ApiRequest } from '../../../src/runtime/transport';
import { same, withMembers } from '../api/json';
import { CLAIMS, EVENTS, findType, LEASES, POOLS, SANDBOXES, TEMPLATES } from '../api/resource-types';
import { partOf, type Stored } from '../api/stored';
import { isWrite, type Sent } from '../network/network';
import type { Process } from '../network/process';
import { nameOf, type InvariantOf } from './invariant';

const USERS = [SANDBOXES, CLAIMS, POOLS, TEMPLATES];

/** I10: after an unknown outcome the same object is read before it is written again. */
export const unknownOutcomesAreRead: InvariantOf = () => {
  const unknown = new Map<string, string>();
  return {
    id: 'I10',
    sent(sent) {
      const { request } = sent;
      if (!isWrite(request) || findType(request.resource) === EVENTS) return undefined;
      const before = unknown.get(subjectOf(sent));
      // Another controller of the process does not know; whatever has become of the other write, this one applies to the version that it saw or not at all.
      if (before === undefined || (isGuarded(request) && !before.startsWith(`${request.verb} `))) return undefined;
      return `the outcome of ${before} is unknown, and ${request.verb} was sent without a look at the object`;
    },
    settled({ sent, reply }) {
      const { request } = sent;
      const subject = subjectOf(sent);
      const isUnknown = !reply.answered || (reply.status >= 500 && reply.retryAfterMs === undefined);
      if (isWrite(request) && isUnknown) unknown.set(subject, `${request.verb} ${request.resource.kind} ${request.namespace}/${nameIn(sent)}`);
      const isRead = reply.answered && (reply.status === 200 || reply.status === 404);
      if (request.verb === 'get' && isRead) unknown.delete(subject);
      if (request.verb === 'list' && isRead) for (const other of [...unknown.keys()]) if (other.startsWith(tableOf(sent))) unknown.delete(other);
      return undefined;
    },
  };
};

const isGuarded = ({ verb, body = {} }: ApiRequest): boolean =>
  typeof partOf({ ...body }, verb === 'delete' ? 'preconditions' : 'metadata').resourceVersion === 'string';

const tableOf = ({ process, request }: Sent): string => `${process.name} ${request.resource.group}/${request.resource.plural} `;
const nameIn = ({ request: { name, body } }: Sent): string => name ?? (body as Partial<Stored> | undefined)?.metadata?.name ?? '';
const subjectOf = (sent: Sent): string => `${tableOf(sent)}${sent.request.namespace}/${nameIn(sent)}`;

/** Spec 08 §8: of programs that elect a leader only the one writes that holds the Lease, also when another one has slept and does not know yet what it has lost. */
export const onlyTheHolderWrites: InvariantOf = () => {
  let holder: Process | undefined;
  return {
    id: 'lead',
    sent({ process, request }) {
      const type = findType(request.resource);
      if (!isWrite(request) || process === holder || type === undefined || type === LEASES || type === EVENTS) return undefined;
      return `${process.name} sends ${request.verb} ${request.resource.kind} although ${holder?.name ?? 'nobody'} holds the Lease`;
    },
    landed({ sent, answer }) {
      if (isWrite(sent.request) && findType(sent.request.resource) === LEASES && answer.status < 300) holder = sent.process;
      return undefined;
    },
  };
};

/** I12: what users write stays as they wrote it. Of a claimed Sandbox the Pod's metadata may change. */
export const specsAreLeftAlone: InvariantOf = () => ({
  id: 'I12',
  landed({ sent, answer, before, after }) {
    const type = findType(sent.request.resource);
    if (!before || !after || sent.request.verb !== 'patch' || answer.status >= 300 || !USERS.some((user) => user === type)) return undefined;
    const isClaimed = type === SANDBOXES && findControllerOf(after)?.kind === 'SandboxClaim';
    return same(specOf(before, isClaimed), specOf(after, isClaimed)) ? undefined : `the spec of ${nameOf(after)} was changed`;
  },
});

function specOf(object: Stored, isClaimed: boolean): unknown {
  const spec = partOf(object, 'spec');
  return isClaimed ? withMembers(spec, { podTemplate: withMembers(partOf(spec, 'podTemplate'), { metadata: undefined }) }) : spec;
}
