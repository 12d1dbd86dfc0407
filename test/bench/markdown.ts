/** A table whose columns are as wide as their widest cell, as Prettier would write it. */
export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => lengthOf(row[column] ?? ''))));
  const line = (row: readonly string[]): string => `| ${widths.map((width, column) => padded(row[column] ?? '', width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [first = [], ...others] = cells;
  return [line(first), rule, ...others.map(line)].join('\n');
}

/** The text with another part between `<!-- name -->` and `<!-- end of name -->`. Throws if it has no such place. */
export function withPart(text: string, name: string, part: string): string {
  const place = new RegExp(`(<!-- ${name} -->\n)[^]*(<!-- end of ${name} -->)`);
  if (!place.test(text))
    throw new Error(`no place for the figures of ${name}: write the lines "<!-- ${name} -->" and "<!-- end of ${name} -->" where they belong`);
  return text.replace(place, (_, begin: string, end: string) => `${begin}\n${part}\n\n${end}`);
}

const lengthOf = (cell: string): number => [...cell].length;
const padded = (cell: string, width: number): string => cell + ' '.repeat(width - lengthOf(cell));
