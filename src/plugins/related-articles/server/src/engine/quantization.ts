/**
 * Numbers in a byte or less. A document's frequencies are rounded when it is added and never again, so every
 * figure made from them is the same on every instance.
 */

const FREQUENCY_STEPS_PER_OCTAVE = 16;
/** The code of the frequency 1. Lower codes go down to 1/16, higher ones up to about 3,900. */
const ONE = 64;

/** How often a term counts, as one of 256 codes; neighbours differ by 4 %. */
export function frequencyCode(frequency: number): number {
  const code = ONE + Math.round(Math.log2(frequency) * FREQUENCY_STEPS_PER_OCTAVE);
  return Math.min(255, Math.max(0, code));
}

/** The frequency of a code. */
export const FREQUENCY = Float64Array.from(
  { length: 256 },
  (_, code) => 2 ** ((code - ONE) / FREQUENCY_STEPS_PER_OCTAVE),
);

/** Sublinear term frequency, 1 + ln tf (Salton and Buckley, Term-weighting approaches in automatic text retrieval, 1988). */
export const SUBLINEAR_TF = FREQUENCY.map(sublinear);

export function sublinear(frequency: number): number {
  return 1 + Math.log(Math.max(1, frequency));
}

/**
 * A posting's byte: the frequency in 16 steps of half an octave from 1/2, and the document's length in 16 steps
 * of 0.6 octaves from 16 words. Enough to find candidates, and independent of every other document.
 */
export function postingCode(frequency: number, length: number): number {
  return (step(Math.log2(frequency) * 2 + 2) << 4) | postingLengthCode(length);
}

/** The part of a posting's byte that encodes the document's length. */
export function postingLengthCode(length: number): number {
  return step((Math.log2(Math.max(1, length)) - 4) / 0.6);
}

export const POSTING_FREQUENCY = Float64Array.from({ length: 16 }, (_, i) => 2 ** ((i - 2) / 2));
export const POSTING_LENGTH = Float64Array.from({ length: 16 }, (_, i) => 2 ** (4 + i * 0.6));

/** The part of a posting's byte that encodes the frequency, by the frequency's own code. */
export const POSTING_FREQUENCY_CODE = Uint8Array.from(FREQUENCY, (frequency) =>
  postingCode(frequency, 1),
);

function step(value: number): number {
  return Math.min(15, Math.max(0, Math.round(value)));
}
