import type { Random } from '../random';
import { assertValid } from './invalid';
import { frozen, textOf, type JsonObject } from './json';
import { cleanMetadata } from './object-meta';
import { Refusal } from './refusal';
import { detailsOf, type ResourceType } from './resource-types';
import { textsOf, timeText } from './rules';
import type { ServerParts } from './store';
import { partOf, type Stored } from './stored';

const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789';

/** POST. */
export class Creation {
  constructor(private readonly parts: ServerParts) {}

  public create(type: ResourceType, namespace: string, body: JsonObject, actor: string): Stored {
    const { random, store } = this.parts;
    const nowMs = this.parts.nowMs();
    const sent = partOf(body, 'metadata');
    assertFits(type, namespace, body);
    // What is missing is found by the checks that follow.
    const object = frozen({ ...body, apiVersion: type.apiVersion, kind: type.kind, metadata: this.newMetadata(type, namespace, sent) }) as unknown as Stored;
    const unreadable = type.rules.unreadable?.(object, undefined);
    if (unreadable !== undefined)
      throw badRequest(`${type.kind} in version ${JSON.stringify(type.version)} cannot be handled as a ${type.kind}: ${unreadable}`);
    const completed = type.rules.complete(object, { old: undefined, nowMs, random });
    // What a new object says about its status does not count.
    const fresh = type.isCustom && type.hasStatus ? withoutStatus(completed) : completed;
    assertValid(type, fresh);
    const { name } = fresh.metadata;
    if (sent.resourceVersion) throw new Refusal(500, undefined, 'resourceVersion should not be set on objects to be created');
    if (store.find(type, { namespace, name })) {
      throw new Refusal(409, 'AlreadyExists', `${type.pluralText} ${JSON.stringify(name)} already exists`, detailsOf(type, name));
    }
    return store.put(type, fresh, actor);
  }

  private newMetadata(type: ResourceType, namespace: string, sent: JsonObject): JsonObject {
    const { random } = this.parts;
    const given = cleanMetadata({ ...sent, labels: textsOf(sent.labels), annotations: textsOf(sent.annotations) });
    const prefix = given.generateName;
    const name = given.name ?? (typeof prefix === 'string' ? prefix.slice(0, 58) + suffix(random) : '');
    return {
      ...given,
      name,
      namespace: type.isNamespaced ? namespace : undefined,
      uid: newUid(random),
      resourceVersion: undefined,
      // Where nobody counts generations, nobody minds what a client says of them either.
      generation: type.hasGeneration ? 1 : given.generation,
      creationTimestamp: timeText(this.parts.nowMs()),
      deletionTimestamp: undefined,
      deletionGracePeriodSeconds: undefined,
    };
  }
}

const withoutStatus = (object: Stored): Stored => {
  const { status, ...rest } = object;
  return status === undefined ? object : frozen<Stored>(rest);
};

/** What a body says it is must be what the request says. A built-in object may leave it out, a custom one has to say it. */
function assertFits(type: ResourceType, namespace: string, body: JsonObject): void {
  const metadata = partOf(body, 'metadata');
  const { apiVersion = '', kind = '' } = body;
  if ((apiVersion !== '' || type.isCustom) && apiVersion !== type.apiVersion) {
    throw badRequest(`the API version in the data (${textOf(apiVersion)}) does not match the expected API version (${type.apiVersion})`);
  }
  if ((kind !== '' || type.isCustom) && kind !== type.kind) throw badRequest(`${textOf(kind)} in the data does not match the expected kind ${type.kind}`);
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) throw wrongNamespace();
}

export const badRequest = (message: string): Refusal => new Refusal(400, 'BadRequest', message);
export const wrongNamespace = (): Refusal => badRequest('the namespace of the provided object does not match the namespace sent on the request');

const suffix = (random: Random): string => Array.from({ length: 5 }, () => SUFFIX[random.below(SUFFIX.length)]).join('');

function newUid(random: Random): string {
  const hex = Array.from({ length: 4 }, () => random.next().toString(16).padStart(8, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}
