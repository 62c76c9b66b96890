/** What spreadsheets take for the beginning of a formula; some begin a cell at semicolons, tabs and new lines as well. */
const FORMULA = /(^|[;\t\r\n])([^\S;\t\r\n]*)(?=[=+\-@＝＋－＠])|^(?=[\t\r])/g;

/** Rows as CSV (RFC 4180), with a byte order mark, so that spreadsheets read it as UTF-8. No text becomes a formula. */
export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  const lines = rows.map((row) => row.map(cellOf).join(','));
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = value.replace(FORMULA, "$1'$2");
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
