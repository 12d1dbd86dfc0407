import type { Entrant, Piece } from './match';
import { pageOf, type Measured } from './page';

const entrant = (name: string): Entrant => ({ name, from: 'this checkout', node: 'v24.21.0', nodeOptions: '', flags: [], environment: {} });

/** A burst in each of three rounds, by contestant. */
const piecesOf = (controllerMs: ReadonlyArray<readonly number[]>): readonly Piece[] =>
  controllerMs.flatMap((rounds, contestant) =>
    rounds.map((ms, index) => ({ workload: 'burst', contestant, round: index + 1, sample: { controllerMs: ms } }) as const),
  );

const measured: Measured = {
  about: 'Flags',
  standing: ['the log says `info`', 'events'],
  entrants: [entrant('as installed'), entrant('`error`'), entrant('off')],
  pieces: piecesOf([
    [4, 4, 8],
    [3, 3, 6],
    [3, 5, 8],
  ]),
  ...{ startedAt: '2026-11-24T21:00:00Z', machine: '2 processors', load: [0.1, 2] },
};

/** The cells that are not empty, by row. */
const rows = pageOf([measured])
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map((cells) => cells.filter((cell) => cell !== ''));

test('each default has a line, with its ratio in bold and in words where no round denies it', () => {
  expect(rows.slice(2)).toEqual([
    ['the log says `info`', '`error`', '**0.75 (0.75–0.75)**', 'controller per claim: 25 % less'],
    ['events', 'off', '1.00 (0.75–1.25)', 'nothing: every spread includes 1'],
  ]);
});

test('a group says on which machine it ran, and how often chance says the same', () => {
  const page = pageOf([measured]);
  expect(page).toContain('**Flags**, divided by as installed: 2 processors; Node.js v24.21.0; 3 rounds on 2026-11-24, load average 0.1 before and 2.0 after.');
  expect(page).toContain('Chance alone puts all 3 rounds on one side for one figure of 4.');
});
