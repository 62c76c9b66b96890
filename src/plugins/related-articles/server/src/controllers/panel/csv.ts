/**
 * What spreadsheets take for the start of a formula; in some, semicolons, tabs and line breaks also start a cell, which
 * quotes may enclose.
 */
const FORMULA = /(^|[;\t\r\n])((?:"|[^\S;\t\r\n])*)(?=[=+\-@＝＋－＠])|^(?=[\t\r])/g;

/** Converts rows to CSV (RFC 4180) with a byte order mark, for UTF-8 in spreadsheets. No text becomes a formula. */
export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  const lines = rows.map((row) => row.map(cellOf).join(','));
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = value.replace(FORMULA, "$1'$2");
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
