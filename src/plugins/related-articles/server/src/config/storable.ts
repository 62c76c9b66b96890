/** PostgreSQL refuses NUL, and every database gives half a character (a lone surrogate) back as another one. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Whether a column can hold a text as it is. */
export const isStorable = (text: string): boolean => !UNSTORABLE.test(text);
