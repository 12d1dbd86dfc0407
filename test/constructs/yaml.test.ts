import { Yaml } from 'cdk8s';
import fc from 'fast-check';
import { YamlWriter } from '../../src/constructs/yaml';

/** Texts, and pieces of texts, on each of which a YAML writer has to decide something. */
const PIECES = [
  ...['', ' ', '  ', '\n', '\n\n', '\n ', ' \n', '\t', '\r', '\r\n', '\u0000', '\u0007', '\u001b', '\u007f', '\u0085', '\u00a0', '\u2028', '\ufeff', '\ud800'],
  ...[
    '-',
    '--',
    '---',
    '...',
    '%',
    '?',
    '? ',
    '- ',
    ':',
    ': ',
    ' #',
    '#',
    '<<',
    '=',
    '!',
    '&',
    '*',
    '@',
    '`',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    '|',
    '>',
    '\\',
    '~',
  ],
  ...['y', 'Y', 'yes', 'Yes', 'no', 'NO', 'on', 'off', 'OFF', 'true', 'False', 'TRUE', 'null', 'Null', 'nULL', 'n', 'N'],
  ...[
    '0',
    '-0',
    '+1',
    '12',
    '08',
    '017',
    '0o7',
    '0x1F',
    '0b1',
    '1_000',
    '1:30',
    '190:20:30',
    '1.',
    '.5',
    '-.5',
    '1e3',
    'e5',
    '-E10',
    'E+3',
    '.inf',
    '-.INF',
    '.nan',
  ],
  ...['2001-12-14', '2001-12-14t21:59:43.10-05:00', '9007199254740993', '_', '_1', '/', '/bin/sh', 'NaN', 'Infinity'],
  ...[
    'a',
    'b c',
    'word',
    'http://x:80/',
    'é',
    '日本',
    '😀',
    '__proto__',
    'constructor',
    'toJSON',
    'x'.repeat(90),
    'long words '.repeat(12),
    'k'.repeat(1020),
    '500m',
    '1Gi',
    '0.0.0.0/0',
  ],
];

const piece = fc.constantFrom(...PIECES);
const text = fc.oneof(
  { weight: 4, arbitrary: piece },
  { weight: 6, arbitrary: fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('')) },
  fc.string(),
  fc.string({ unit: 'binary' }),
);
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -0, 1e21, 1e-7, 2 ** 53, NaN, Infinity, -Infinity));
const scalar = fc.oneof({ weight: 5, arbitrary: text }, number, fc.boolean(), fc.constant(null), fc.constant(undefined));

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 6, depthSize: 'medium' },
    scalar,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('json')), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
  ),
}));

const expectSame = (documents: readonly unknown[]): void => expect(new YamlWriter().write(documents).toString()).toBe(Yaml.stringify(...documents));

test('any JSON documents are written as by cdk8s', () => {
  fc.assert(
    fc.property(fc.array(json, { maxLength: 3 }), (documents) => expectSame(documents)),
    { numRuns: 500 },
  );
});

const shared = { name: 'x' };
const circular: unknown[] = [];
circular.push(circular);
class Quantity {
  public readonly value = '1Gi';
}

test.each<[string, unknown]>([
  ['an object met twice', { a: shared, b: [shared] }],
  ['an empty list met twice', [circular.slice(1), ...Array<unknown[]>(2).fill([])]],
  ['an object inside itself', { circular }],
  ['a date', { at: new Date(0) }],
  ['a class', { request: new Quantity() }],
  ['an object without prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  ['a map', new Map([['a', 1]])],
  ['a set', { set: new Set(['a']) }],
  ['a big integer', { n: 2n ** 70n }],
  ['an object with a toJSON', { toJSON: () => 'other' }],
  ['a list with holes', Object.assign([], { 2: 'a' })],
  ['a long list', Array.from({ length: 3000 }, (_, i) => ({ [`key ${i}`]: `-${i}` }))],
])('%s is written as by cdk8s', (_what, document) => {
  expectSame([{ before: 'x' }, document, { after: 'x' }]);
});

test('what no YAML can hold is the error of cdk8s', () => {
  expect(() => new YamlWriter().write([{ f: () => 1 }])).toThrow('Tag not resolved for Function value');
});

test('texts beyond the number that is remembered are written as by cdk8s', () => {
  const texts = Array.from({ length: 10_100 }, (_, i) => `${i}: `);
  expectSame([[...texts, ...texts.slice(0, 100)]]);
});
