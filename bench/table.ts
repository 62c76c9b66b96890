/** Rows as aligned text, numbers to the right. */
export function table(rows: Record<string, string | number>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at].length)));
  return cells
    .map((row, line) =>
      row
        .map((cell, at) =>
          at === 0 || (line > 0 && Number.isNaN(Number(cell)) && !/^[+-]?[\d.]/.test(cell))
            ? cell.padEnd(widths[at])
            : cell.padStart(widths[at]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
