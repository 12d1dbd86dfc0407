import { microTime } from './lease';
import type { KubeObject, Resource } from './object';
import type { EventDraft } from './plan';

/** An Event as it is stored; nobody reads more of it. */
export const EVENTS: Resource = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events' };

/** Who reports an event, and when. */
export interface EventSource {
  readonly name: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly nowMs: number;
}

// Limits of the API server.
const LONGEST_NAME = 253;
const LONGEST_NOTE_BYTES = 1024;
const LONGEST_WORD = 128;

/** The Event to create for a draft. */
export function newEvent({ regarding, type, reason, action, note }: EventDraft, { name, nowMs, ...reporting }: EventSource): object {
  const { apiVersion, kind, metadata } = regarding;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace: eventNamespace(regarding), name },
    eventTime: microTime(nowMs),
    ...{ type, reason: reason.slice(0, LONGEST_WORD), action: action.slice(0, LONGEST_WORD), note: cutBytes(note, LONGEST_NOTE_BYTES) },
    regarding: { apiVersion, kind, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid, resourceVersion: metadata.resourceVersion },
    reportingController: reporting.reportingController,
    reportingInstance: reporting.reportingInstance.slice(0, LONGEST_WORD),
  };
}

/** The merge patch that turns an Event into a series, or counts it on. */
export const seriesPatch = (count: number, lastMs: number): object => ({ series: { count, lastObservedTime: microTime(lastMs) } });

/** Events about cluster-wide objects are in this namespace. */
export const eventNamespace = ({ metadata }: KubeObject): string => metadata.namespace ?? 'default';

/** `<object>.<suffix>`, cut to what a name may have. */
export function eventName({ metadata }: KubeObject, suffix: string): string {
  const base = metadata.name.slice(0, LONGEST_NAME - suffix.length - 1).replace(/[^a-z0-9]+$/, '');
  return `${base}.${suffix}`;
}

/** The longest beginning that has at most that many bytes in UTF-8, characters left whole. */
function cutBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= limit) return text;
  let end = limit;
  // 10xxxxxx goes on with a character that began before.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end).toString('utf8');
}
