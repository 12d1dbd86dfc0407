import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contestantOf, type Contestant } from './contestant';

const FILE = join(__dirname, 'defaults.json');

/** Defaults that are compared on one server, each with the installation as it is. */
export interface Group {
  readonly about: string;
  readonly alternatives: readonly Alternative[];
}

/** Something that might be the default instead. */
export interface Alternative {
  /** What the default is, in words. */
  readonly standing: string;
  readonly contestant: Contestant;
}

/** The row of defaults.json. */
interface Written {
  readonly about: string;
  readonly alternatives: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

/** Whom the others are divided by. */
export const INSTALLED: Contestant = contestantOf({ name: 'as installed' }, { where: 'the installation', folder: __dirname });

/** Every default that affects speed. Throws a ContestantError for an alternative that is none. */
export function readDefaults(): readonly Group[] {
  // Its form is held by a test.
  const written = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Written[];
  return written.map(({ about, alternatives }) => ({
    about,
    alternatives: alternatives.map(({ default: standing, ...alternative }, index) => {
      if (typeof standing !== 'string') throw new Error(`defaults.json: ${about}: alternatives[${index}].default: expected what the default is, in words`);
      return { standing, contestant: contestantOf(alternative, { where: `defaults.json: ${about}: alternatives[${index}]`, folder: __dirname }) };
    }),
  }));
}
