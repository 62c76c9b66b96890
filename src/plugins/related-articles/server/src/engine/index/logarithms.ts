let table = new Float64Array(0);

/** The natural logarithm of a whole number from 1: looked up, since ranking one list asks for some hundred thousand. */
export function ln(number: number): number {
  if (number >= table.length) extend(number);
  return table[number];
}

function extend(number: number): void {
  const from = table.length;
  const extended = new Float64Array(Math.max(1024, 2 * number));
  extended.set(table);
  for (let i = Math.max(1, from); i < extended.length; i += 1) extended[i] = Math.log(i);
  table = extended;
}
