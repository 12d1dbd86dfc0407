import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { assignedMember, recordPatch, type Recorded } from '../../../src/controllers/claim/record';
import type { SandboxClaim } from '../../../src/controllers/shared/objects';
import type { ObjectMeta } from '../../../src/runtime/object';
import { claim, NOW_MS } from './world';

const WHOLE_MS = Date.parse('2026-11-24T12:00:00Z');
const [SEEN, NAME, TRACE] = [ANNOTATIONS.firstObservedAt, ANNOTATIONS.sandboxName, ANNOTATIONS.traceContext];
const of = (metadata: Partial<ObjectMeta>, status?: SandboxClaim['status']): SandboxClaim => claim({}, { metadata, status });
const seen = (member?: string, more: Partial<Recorded> = {}): Recorded => ({ firstSeenMs: NOW_MS, member, traceContext: undefined, ...more });

// Spec 05 §13, 02 §2, 08 §4.3.
test.each<[string, SandboxClaim, Recorded, object | undefined]>([
  ['a warm claim says when it was seen and what it gets', claim(), seen('m'), { annotations: { [SEEN]: '2026-11-24T12:00:00.123Z', [NAME]: 'm' } }],
  ['a whole second gets a fraction', claim(), seen('m', { firstSeenMs: WHOLE_MS }), { annotations: { [SEEN]: '2026-11-24T12:00:00.000001Z', [NAME]: 'm' } }],
  ['a cold claim says only when it was seen', claim(), seen(), { annotations: { [SEEN]: '2026-11-24T12:00:00.123Z' } }],
  ['the first time stays', of({ annotations: { [SEEN]: 'then' } }), seen('m'), { annotations: { [NAME]: 'm' } }],
  ['an empty time is none', of({ annotations: { [SEEN]: '', [NAME]: 'm' } }), seen('m'), { annotations: { [SEEN]: '2026-11-24T12:00:00.123Z' } }],
  ['what is there is not written again', of({ annotations: { [SEEN]: 'then', [NAME]: 'm' } }), seen('m'), undefined],
  ['a void record is replaced', of({ annotations: { [SEEN]: 'then', [NAME]: 'old' } }), seen('m'), { annotations: { [NAME]: 'm' } }],
  ['a void record of a cold claim is removed', of({ annotations: { [SEEN]: 'then', [NAME]: 'old' } }), seen(), { annotations: { [NAME]: null } }],
  [
    'so is the label of old controllers',
    of({ annotations: { [SEEN]: 'then' }, labels: { [LABELS.sandboxName]: 'old' } }),
    seen(),
    { annotations: {}, labels: { [LABELS.sandboxName]: null } },
  ],
  ['without times the name alone', claim(), seen('m', { firstSeenMs: undefined }), { annotations: { [NAME]: 'm' } }],
  ['without times a cold claim says nothing', claim(), seen(undefined, { firstSeenMs: undefined, traceContext: 't' }), undefined],
  ['the trace goes along', claim(), seen('m', { firstSeenMs: undefined, traceContext: 't' }), { annotations: { [NAME]: 'm', [TRACE]: 't' } }],
  [
    'a trace of its own stays',
    of({ annotations: { [TRACE]: 'its' } }),
    seen('m', { firstSeenMs: undefined, traceContext: 't' }),
    { annotations: { [NAME]: 'm' } },
  ],
])('%s', (_, recorded, wanted, metadata) => {
  expect(recordPatch(recorded, wanted)).toEqual(metadata && { metadata });
});

test.each([
  ['the annotation', of({ annotations: { [NAME]: 'a' }, labels: { [LABELS.sandboxName]: 'b' } }, { sandbox: { name: 'c' } }), 'a'],
  ['the label, if the annotation is empty', of({ annotations: { [NAME]: '' }, labels: { [LABELS.sandboxName]: 'b' } }), 'b'],
  ['the status, if nothing else does', of({}, { sandbox: { name: 'c' } }), 'c'],
  ['nothing', claim(), undefined],
])('the assigned member is named by %s', (_, of, name) => {
  expect(assignedMember(of)).toBe(name);
});
