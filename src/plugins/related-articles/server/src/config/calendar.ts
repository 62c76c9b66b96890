const DAY = /^(\d{4})-(\d{2})-(\d{2})/;

/** Whether a text begins with a day that exists. JavaScript would turn the 30th of February into the 2nd of March. */
export function beginsWithDay(text: string): boolean {
  const [, year, month, day] = DAY.exec(text)?.map(Number) ?? [];
  if (year === undefined) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
