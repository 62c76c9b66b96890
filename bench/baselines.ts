import { createAnalyzer } from 'plugin/engine/analysis/analyzer';
import { languageOfCollection } from 'plugin/engine/analysis/languages';
import type { EngineDocument } from 'plugin/engine/engine';

const K1 = 1.2;
const B = 0.75;

/**
 * Ranks by plain BM25 with the whole article as the query, the title three times: what a search engine's "more like
 * this" amounts to without any cut. Uses the same analysis as ours, and compares every document.
 */
export function createBm25(
  documents: readonly EngineDocument[],
  locale = 'en',
): (id: string, limit: number) => string[] {
  const analyzer = createAnalyzer(languageOfCollection(locale));
  const frequencies = documents.map((document) => {
    const words = new Map<string, number>();
    const add = (text: string, weight: number) => {
      for (const term of analyzer.terms(text)) words.set(term, (words.get(term) ?? 0) + weight);
    };
    add(document.title, 3);
    for (const { text } of document.fields) add(text, 1);
    return words;
  });
  const lengths = frequencies.map((words) => [...words.values()].reduce((a, b) => a + b, 0));
  const average = lengths.reduce((a, b) => a + b, 0) / Math.max(1, lengths.length);
  const postings = new Map<string, [number, number][]>();
  frequencies.forEach((words, at) => {
    for (const [word, frequency] of words) {
      const list = postings.get(word) ?? [];
      list.push([at, frequency]);
      postings.set(word, list);
    }
  });
  const places = new Map(documents.map(({ id }, at) => [id, at]));

  return (id, limit) => {
    const source = places.get(id) as number;
    const scores = new Float64Array(documents.length);
    for (const [word, queryFrequency] of frequencies[source]) {
      const list = postings.get(word) as [number, number][];
      const idf = Math.log(1 + (documents.length - list.length + 0.5) / (list.length + 0.5));
      for (const [at, frequency] of list) {
        const norm = K1 * (1 - B + (B * lengths[at]) / average);
        scores[at] += (queryFrequency * idf * frequency * (K1 + 1)) / (frequency + norm);
      }
    }
    scores[source] = 0;
    return [...scores.keys()]
      .filter((at) => scores[at] > 0)
      .sort((a, b) => scores[b] - scores[a] || a - b)
      .slice(0, limit)
      .map((at) => documents[at].id);
  };
}
