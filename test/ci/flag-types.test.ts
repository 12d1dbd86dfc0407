import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagTypesOf } from '../../.ci/imports/flag-types';
import { bool, duration, float, list, oneOf, text, tunable } from '../../src/api/flag';
import { FLAGS } from '../../src/api/flags';

test('the committed structs are those of the table of flags; npm run imports writes them afresh', () => {
  const committed = readFileSync(join(__dirname, '../../src/constructs/install/controller-flags.generated.ts'), 'utf8');
  expect(committed).toBe(flagTypesOf(FLAGS));
});

test('each type of flag has its type in TypeScript, and those that the ConfigMap may set stand in the base', () => {
  const flags = [
    tunable(float('a-rate', 1, { above: 0 }, 'A rate.')),
    oneOf('log-form', 'oneLine', ['oneLine', 'json'], 'A form.'),
    bool('on', true, 'A switch.'),
    duration('max-wait', '5m', {}, 'A time.'),
    list('names', { pattern: /a/, expected: 'a' }, 'Names.'),
    text('path', '', undefined, 'A path.'),
  ];
  expect(flagTypesOf(flags).split('\n').slice(4).join('\n')).toBe(`/** Values of the flag \`log-form\`. */
export enum LogForm {
  /** \`oneLine\`. */
  ONE_LINE = 'oneLine',
  /** \`json\`. */
  JSON = 'json',
}

/** Flags of the controller that the ConfigMap \`agent-sandbox-config\` may set too. */
export interface TunableFlags {
  /**
   * A rate. Flag \`a-rate\`: a finite number above 0.
   * @default 1
   */
  readonly aRate?: number;
}

/** Flags of the controller. One that is absent keeps its default. */
export interface ControllerFlags extends TunableFlags {
  /**
   * A form. Flag \`log-form\`.
   * @default LogForm.ONE_LINE
   */
  readonly logForm?: LogForm;
  /**
   * A switch. Flag \`on\`.
   * @default true
   */
  readonly on?: boolean;
  /**
   * A time. Flag \`max-wait\`.
   * @default 5m
   */
  readonly maxWait?: Duration;
  /**
   * Names. Flag \`names\`.
   * @default - empty
   */
  readonly names?: string[];
  /**
   * A path. Flag \`path\`.
   * @default - empty
   */
  readonly path?: string;
}
`);
});
