/** ln(i + 1/2) and ln(max(1, i)): ranking one list asks for thousands of them. */
let halves = new Float64Array(0);
let wholes = new Float64Array(0);

function extend(number: number): void {
  const size = Math.max(4096, 2 * number);
  halves = Float64Array.from({ length: size }, (_, i) => Math.log(i + 0.5));
  wholes = Float64Array.from({ length: size }, (_, i) => Math.log(Math.max(1, i)));
}

/**
 * Probabilistic weight of a word by its rarity (Robertson and Zaragoza, The Probabilistic Relevance
 * Framework: BM25 and Beyond, 2009), in the form that stays positive: ln(1 + (N - df + .5) / (df + .5)).
 */
export function bm25Idf(documents: number, frequency: number): number {
  if (documents + 1 >= wholes.length) extend(documents + 1);
  return wholes[documents + 1] - halves[frequency];
}

/** ln((N + 1) / df): a word's rarity in the cosine. A word of an unknown document counts as standing in one. */
function rarity(documents: number, frequency: number): number {
  if (documents + 1 >= wholes.length) extend(documents + 1);
  return wholes[documents + 1] - wholes[frequency];
}

/**
 * A term's weight in the cosine on the source's side. Both documents' vectors carry rarity in the usual cosine;
 * here the source's carries all of it, squared, so that a document's own norm depends on no other document
 * (the scheme lnc.ltc of the SMART system, with a steeper t).
 */
export function steepRarity(documents: number, frequency: number): number {
  const power = rarity(documents, frequency);
  return power * power;
}
