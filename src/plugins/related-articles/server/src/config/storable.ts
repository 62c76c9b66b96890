/** PostgreSQL refuses NUL, and every database gives half a character (a lone surrogate) back as another one. */
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
