/** The last moment of a day, where the editor is. */
export function endOf(day: Date): string {
  const end = new Date(day);
  end.setHours(23, 59, 59, 999);
  return end.toISOString();
}
