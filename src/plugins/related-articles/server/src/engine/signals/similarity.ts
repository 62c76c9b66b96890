import { SUBLINEAR_TF } from '../quantization';
import type { CollectionStatistics } from '../statistics';
import type { IndexedDocument } from '../indexed-document';
import { steepRarity } from './rarity';
import { TermTable } from './term-table';
import { codeOf, upperOf } from '../packed';

/** Scratch space: its content means nothing between two calls. */
let matches = new Uint32Array(1024);

/** How similar the words of any document are to those of one: only the cosine of `TextComparison`, 0 to 1. */
export function similarityTo(
  { dictionary, population }: CollectionStatistics,
  { terms, wordCount }: IndexedDocument,
): (other: IndexedDocument) => number {
  const table = new TermTable(wordCount);
  const weights = new Float64Array(wordCount);
  let squares = 0;
  for (let i = 0; i < wordCount; i += 1) {
    const id = upperOf(terms[i]);
    table.set(id, i);
    const documentFrequency = Math.max(1, dictionary.documentFrequency(id));
    weights[i] = SUBLINEAR_TF[codeOf(terms[i])] * steepRarity(population, documentFrequency);
    squares += weights[i] * weights[i];
  }
  const norm = Math.sqrt(squares);
  return (other) => {
    if (matches.length < other.wordCount) matches = new Uint32Array(2 * other.wordCount);
    const found = table.match(other.terms, 0, other.wordCount, matches);
    let dot = 0;
    for (let i = 0; i < found; i += 1) {
      dot += weights[upperOf(matches[i])] * SUBLINEAR_TF[codeOf(matches[i])];
    }
    return dot > 0 ? Math.min(1, dot / (norm * other.wordNorm)) : 0;
  };
}
