import type { KubeObject } from '../../../src/runtime/object';
import { Refusal } from './refusal';

/** Says whether an object fits. */
export type Selector = (object: KubeObject) => boolean;

type Labels = Readonly<Record<string, string>>;

const SET = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/;
const EQUALITY = /^([^!=\s]+)\s*(==|=|!=)\s*(\S*)$/;

/** A label selector as it stands in a query: `a=b`, `a!=b`, `a`, `!a`, `a in (b,c)` and `a notin (b)`, joined by commas. */
export function selectorOf(text: string | undefined): Selector {
  if (text === undefined || text === '') return () => true;
  const tests = text.split(/,(?![^(]*\))/).map((part) => testOf(part.trim()));
  return ({ metadata: { labels = {} } }) => tests.every((test) => test(labels));
}

function testOf(requirement: string): (labels: Labels) => boolean {
  const [, setKey = '', operator, list = ''] = SET.exec(requirement) ?? [];
  if (operator !== undefined) {
    const values = list.split(',').map((value) => value.trim());
    const isIn = (labels: Labels) => labels[setKey] !== undefined && values.includes(labels[setKey]);
    return operator === 'in' ? isIn : (labels) => !isIn(labels);
  }
  const [, key = '', sign, value = ''] = EQUALITY.exec(requirement) ?? [];
  if (sign !== undefined) return sign === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  if (/^![^\s()]+$/.test(requirement)) return (labels) => labels[requirement.slice(1)] === undefined;
  if (/^[^\s()!=]+$/.test(requirement)) return (labels) => labels[requirement] !== undefined;
  throw new Refusal(400, 'BadRequest', `unable to parse requirement: ${requirement}`);
}
