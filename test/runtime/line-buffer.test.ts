import { setImmediate as turn } from 'node:timers/promises';
import { LineBuffer } from '../../src/runtime/line-buffer';

function buffer() {
  const written: string[] = [];
  return { lines: new LineBuffer((text) => written.push(text)), written };
}

test('the lines of one turn of the event loop are written together and in order, also those of its promises', async () => {
  const { lines, written } = buffer();
  lines.add('a\n');
  await Promise.resolve();
  lines.add('b\n');
  expect(written).toEqual([]);
  await turn();
  expect(written).toEqual(['a\nb\n']);
  lines.add('c\n');
  await turn();
  expect(written).toEqual(['a\nb\n', 'c\n']);
});

test('what waits is written at once before the process ends, and not twice', async () => {
  const { lines, written } = buffer();
  lines.flush();
  lines.add('last\n');
  lines.flush();
  await turn();
  expect(written).toEqual(['last\n']);
});
