/** ln(i + 1/2) and ln(max(1, i)), cached because ranking one list needs thousands of them. */
let halves = new Float64Array(0);
let wholes = new Float64Array(0);

function extend(number: number): void {
  const size = Math.max(4096, 2 * number);
  halves = Float64Array.from({ length: size }, (_, i) => Math.log(i + 0.5));
  wholes = Float64Array.from({ length: size }, (_, i) => Math.log(Math.max(1, i)));
}

/** No word is in more documents than there are; where counts are behind, they may say so for a moment. */
const possible = (documents: number, frequency: number): number =>
  Math.min(frequency, Math.max(1, documents));

/**
 * Probabilistic weight of a word by its rarity (Robertson and Zaragoza, The Probabilistic Relevance
 * Framework: BM25 and Beyond, 2009), in the form that stays positive: ln(1 + (N - df + .5) / (df + .5)).
 */
export function bm25Idf(documents: number, frequency: number): number {
  if (documents + 1 >= wholes.length) extend(documents + 1);
  return wholes[documents + 1] - halves[possible(documents, frequency)];
}

/** ln((N + 1) / df): a word's rarity in the cosine. A word that no indexed document has counts as being in one. */
function rarity(documents: number, frequency: number): number {
  if (documents + 1 >= wholes.length) extend(documents + 1);
  return wholes[documents + 1] - wholes[possible(documents, frequency)];
}

/**
 * A term's weight in the cosine on the source's side. In the usual cosine, both vectors include rarity; here
 * the source's includes all of it, squared, so that a document's own norm depends on no other document
 * (the scheme lnc.ltc of the SMART system, with a steeper t).
 */
export function steepRarity(documents: number, frequency: number): number {
  const power = rarity(documents, frequency);
  return power * power;
}
