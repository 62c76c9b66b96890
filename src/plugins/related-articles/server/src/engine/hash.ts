export const FNV_OFFSET = 0x811c9dc5 | 0;
export const FNV_PRIME = 0x01000193;

/** FNV-1a over UTF-16 units, 32 bits. The same on every machine and for every history of an index. */
export function hashText(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  }
  return hash >>> 0;
}

/** `hashText` backwards. Texts that collide in one of the two are no more likely to collide in the other. */
export function hashBackwards(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = text.length - 1; i >= 0; i -= 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  }
  return hash >>> 0;
}

/** A bigram is identified by 24 bits of its words' hashes: two bigrams that collide count as one. */
export const BIGRAM_SPACE = 2 ** 24;

export function hashPair(first: number, second: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 8;
}

/** Odd, and different in each process, so that nobody can choose numbers that collide in a table. */
const FACTOR = Math.floor(Math.random() * 2 ** 32) | 1;

/**
 * Spreads whole numbers over 32 bits; the highest bits choose a place in a table (Dietzfelbinger and others, A Reliable
 * Randomized Algorithm for the Closest-Pair Problem, 1997). Never store the result.
 */
export const spread = (key: number): number => Math.imul(key, FACTOR);

/** How many bits to shift `spread` right for a place in a table. The capacity is a power of two, at least 2. */
export const slotShift = (capacity: number): number => Math.clz32(capacity) + 1;
