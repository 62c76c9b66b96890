/*
 * Two numbers packed into 32 bits: an id, a slot or a place in the upper 24, and a one-byte code below. Terms, postings
 * and matches are stored that way.
 */

export const pack = (upper: number, code: number): number => (upper << 8) | code;

export const upperOf = (packed: number): number => packed >>> 8;

export const codeOf = (packed: number): number => packed & 255;
