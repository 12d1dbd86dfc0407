import type { Flag } from '../src/api/flag';
import { FLAGS, REMOVED_FLAGS } from '../src/api/flags';
import { ALLOWED_LABEL_DOMAINS, TUNING_CONFIG_MAP, TUNING_FOLDER } from '../src/api/installation';
import { labelDomains } from '../src/cli/options';

/** docs/flags.md, as it follows from the table of flags. */
export function flagsPage(): string {
  return [HEAD, table(FLAGS.filter(({ tunable }) => !tunable)), TUNABLE, table(FLAGS.filter(({ tunable }) => tunable)), TAIL].join('\n\n') + '\n';
}

const HEAD = `# Flags of the controller

Written by \`npm run docs\` from the table in \`src/api/flags.ts\`, which the program and the typed props of \`AgentSandboxSystem\` read too.

\`--x=v\` and \`--x v\`, with one dash or two; a switch only as \`--x\`, \`--x=true\` or \`--x=false\`. Durations are written as \`300ms\`, \`1.5s\`, \`5m\`, \`1h30m\`
or \`0\`, lists with commas. The last of several counts. An unknown flag or a wrong value ends the program with exit code 2, before anything is done.

## Flags that only arguments set`;

const TUNABLE = `## Flags that the ConfigMap may set too

The ConfigMap \`${TUNING_CONFIG_MAP}\` in the namespace of the controller may have these names as keys. It is read once, at the start: a change counts from the
next one. An argument goes before the ConfigMap, and that before the default. Values are trimmed, keys that begin with \`_\` or \`.\` are comments, and other
keys are logged and skipped. Values that cannot be used end the program with an error that names all of them.`;

const TAIL = `## Label domains of claims

The key \`${ALLOWED_LABEL_DOMAINS}\` of the same ConfigMap says which domains the labels and annotations that a claim adds to its Pod may have. It is
read once from the file \`${TUNING_FOLDER}/${ALLOWED_LABEL_DOMAINS}\`, where the installation mounts it: domains between commas or in lines of their own, in any
case. Missing or empty it means \`${labelDomains(undefined).join(', ')}\`.

## Flags that are no more

Manifests for older releases may still pass them; each is accepted with any value, logged once and ignored: ${REMOVED_FLAGS.map((name) => `\`--${name}\``).join(', ')}.`;

function table(flags: readonly Flag[]): string {
  const rows = flags.map((flag) => `| \`--${flag.name}\` | ${kindOf(flag)} | ${defaultOf(flag)} | ${flag.doc} |`);
  return ['| flag | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function kindOf(flag: Flag): string {
  switch (flag.type) {
    case 'bool':
      return 'switch';
    case 'enum':
      return flag.values.map((value) => `\`${value}\``).join(', ');
    case 'int':
    case 'float':
    case 'duration':
      return [{ int: 'whole number', float: 'number', duration: 'duration' }[flag.type], boundsOf(flag)].filter((part) => part !== '').join(' ');
    case 'list':
      return `list: each ${flag.form?.expected ?? 'any text'}`;
    case 'string':
      return flag.form?.expected ?? 'text';
  }
}

const boundsOf = ({ min, above, max }: { readonly min?: number; readonly above?: number; readonly max?: number }): string =>
  [...(min === undefined ? [] : [`from ${min}`]), ...(above === undefined ? [] : [`above ${above}`]), ...(max === undefined ? [] : [`to ${max}`])].join(' ');

const defaultOf = ({ default: preset }: Flag): string => (preset === '' ? '' : `\`${String(preset)}\``);
