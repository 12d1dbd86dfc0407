import { Screen } from '../../../src/cli/tool/screen';

/** What a terminal shows after all that was written: it knows the two sequences that a Screen sends. */
function shown(written: string): readonly string[] {
  const lines: string[] = [''];
  for (const [, up, rest] of written.matchAll(/\u001b\[(\d+)A\r\u001b\[J|([^\u001b]+)/g)) {
    if (up !== undefined) lines.splice(lines.length - 1 - Number(up), Infinity, '');
    else (rest ?? '').split('\n').forEach((text, index) => (index === 0 ? (lines[lines.length - 1] += text) : lines.push(text)));
  }
  return lines;
}

function screen(output: { readonly isTTY?: boolean; readonly columns?: number }) {
  const written: string[] = [];
  return { screen: new Screen({ ...output, write: (text) => written.push(text) }), text: () => written.join('') };
}

test('in a terminal the table stays below the lines, whole, whatever its length', () => {
  const { screen: out, text } = screen({ isTTY: true, columns: 10 });
  out.line('one');
  out.show(['a', 'b']);
  out.line('two');
  out.show(['a much longer line', 'b', 'c']);
  out.line('three');
  out.show(['c']);
  expect(shown(text())).toEqual(['one', 'two', 'three', 'c', '']);
  out.show(['a much longer line']);
  expect(shown(text()).slice(-2)).toEqual(['a much lon', '']);
});

test('elsewhere the table is written when it has changed, without any control sequence', () => {
  const { screen: out, text } = screen({});
  out.show(['a']);
  out.line('one');
  out.show(['a']);
  out.show(['b']);
  expect(text()).toBe('a\none\nb\n');
});

test('a coloured line is as long as the terminal is wide, and its colour ends with it', () => {
  const { screen: out, text } = screen({ isTTY: true, columns: 4 });
  out.show(['a\u001b[31mbcdef\u001b[39mg']);
  expect(text()).toBe('a\u001b[31mbcd\u001b[39m\n');
});

test('a terminal that does not know its width is taken for one of 80 columns', () => {
  const { screen: out, text } = screen({ isTTY: true, columns: 0 });
  out.show(['x'.repeat(90)]);
  expect(text()).toBe(`${'x'.repeat(80)}\n`);
});
