/** One synthesized file. */
export interface SynthesizedFile {
  readonly file: string;
  readonly text: string;
}

/** A table of files with the kinds and the number of objects in each, and its size in bytes. */
export function tableOf(files: readonly SynthesizedFile[]): string {
  const rows = files.map(({ file, text }) => {
    const kinds = [...text.matchAll(/^kind: (\w+)$/gm)].map((match) => match[1] ?? '');
    const counts = new Map<string, number>();
    kinds.forEach((kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1));
    const names = [...counts].map(([kind, count]) => (count > 1 ? `${count} ${kind}` : kind)).join(', ');
    return [file, String(kinds.length), String(Buffer.byteLength(text)), names];
  });
  const table = [['file', 'objects', 'bytes', 'kinds'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
