/** The names of all algorithms, such as `English`. */
export const algorithms: readonly string[];
/** A stemmer of that name; it expects words in lower case. */
export function createStemmer(algorithm: string): (word: string) => string;
