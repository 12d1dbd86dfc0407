import { memberName, type Flag } from '../../api/flag';
import { durationText, expectedOf, problemOfValue } from '../../api/flag-values';
import { FLAGS } from '../../api/flags';
import { nearest } from '../../api/nearest';
import type { TunableFlags } from './controller-flags.generated';

/**
 * Values of flags by name, in the order of the table, as they stand on the command line. Members that are undefined are left out.
 *
 * Throws an error that begins with `where` and the member, and names the flag, what was found and what was expected.
 */
export function flagValues(given: TunableFlags, where: string): ReadonlyMap<string, string> {
  const members = new Map<string, unknown>(Object.entries(given).filter(([, value]) => value !== undefined));
  const known = FLAGS.map(memberName);
  for (const member of members.keys()) {
    if (known.includes(member)) continue;
    const near = nearest(member, known);
    throw new Error(`${where}${member}: the controller has no such flag${near === undefined ? '' : `; did you mean ${near}?`}`);
  }
  return new Map(FLAGS.filter((flag) => members.has(memberName(flag))).map((flag) => [flag.name, checkedText(flag, members.get(memberName(flag)), where)]));
}

function checkedText(flag: Flag, value: unknown, where: string): string {
  const text = textOf(flag, value);
  const problem = text === undefined ? `found ${shown(value)}, expected ${formOf(flag)}` : problemOfValue(flag, text);
  if (text === undefined || problem !== undefined) throw new Error(`${where}${memberName(flag)} (--${flag.name}): ${problem}`);
  return text;
}

/** The value in the form of the command line; undefined if it has not the type of the member, as can happen in plain JavaScript. */
function textOf(flag: Flag, value: unknown): string | undefined {
  switch (flag.type) {
    case 'bool':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'int':
    case 'float':
      return typeof value === 'number' ? String(value) : undefined;
    case 'duration':
      return isDuration(value) && Number.isSafeInteger(msOf(value)) ? durationText(msOf(value)) : undefined;
    case 'list':
      return isTexts(value) && value.length > 0 && value.every((item) => item.trim() !== '' && !item.includes(',')) ? value.join(',') : undefined;
    default:
      return typeof value === 'string' ? value : undefined;
  }
}

function formOf(flag: Flag): string {
  if (flag.type === 'duration') return 'a Duration of whole milliseconds';
  return flag.type === 'list' ? `a list of at least one item, each ${expectedOf(flag)}` : expectedOf(flag);
}

interface Milliseconds {
  toMilliseconds(options: { readonly integral: boolean }): number;
}

/** 2.3 s are 2299.9999999999995 ms in floating point. */
const msOf = (duration: Milliseconds): number => Number(duration.toMilliseconds({ integral: false }).toFixed(6));
// By its method, because two copies of cdk8s must work together.
const isDuration = (value: unknown): value is Milliseconds =>
  typeof value === 'object' && value !== null && 'toMilliseconds' in value && typeof value.toMilliseconds === 'function';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
const shown = (value: unknown): string => (isDuration(value) ? `${msOf(value)} ms` : JSON.stringify(value));
