/** PostgreSQL rejects NUL, and every database returns half a character (a lone surrogate) as a different one. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Whether a column can hold a text as it is. */
export const isStorable = (text: string): boolean => !UNSTORABLE.test(text);

/** Whether a JSON column can hold a value with all its texts and names. */
export function isStorableJson(value: unknown): boolean {
  let isStorableSoFar = true;
  JSON.stringify(value, (name, inner: unknown) => {
    isStorableSoFar &&= isStorable(name) && (typeof inner !== 'string' || isStorable(inner));
    return inner;
  });
  return isStorableSoFar;
}

/** Whether a value is nested deeper. Goes level by level: recursion would overflow the stack on hostile input. */
export function isDeeper(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level
      .filter((part) => typeof part === 'object' && part !== null)
      .flatMap((part) => Object.values(part as object) as unknown[]);
  }
  return false;
}
