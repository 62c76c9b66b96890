export const FNV_OFFSET = 0x811c9dc5 | 0;
export const FNV_PRIME = 0x01000193;

/** FNV-1a over UTF-16 units, 32 bits. The same on every machine, whatever the history of an index. */
export function hashText(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  }
  return hash >>> 0;
}

/** The same from the end to the start: texts that collide in one of both collide in the other no sooner than any two. */
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

/** Odd, and another one in each process: nobody knows which numbers it puts next to each other in a table. */
const FACTOR = Math.floor(Math.random() * 2 ** 32) | 1;

/**
 * Spreads whole numbers over 32 bits, of which the highest choose a place in a table (Dietzfelbinger and others, A
 * Reliable Randomized Algorithm for the Closest-Pair Problem, 1997). Never to be stored.
 */
export const spread = (key: number): number => Math.imul(key, FACTOR);

/** By how many bits `spread` is shifted for a place in a table of a power of two places, at least two. */
export const slotShift = (capacity: number): number => Math.clz32(capacity) + 1;
