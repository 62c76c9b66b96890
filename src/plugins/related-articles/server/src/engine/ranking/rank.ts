import type { CollectionIndex } from '../index/collection-index';
import type { IndexedDocument } from '../index/indexed-document';
import { compareDates } from '../signals/date';
import { compareLinks, type LinkComparison } from '../signals/links';
import { compareOwn } from '../signals/own';
import { compareTaxonomy, taxonomyNeighbours } from '../signals/taxonomy';
import { TextComparison } from '../signals/text';
import { compareTitles, titleTerms } from '../signals/title';
import type { OwnSignal, RankingOptions, RelatedQuery, Suggestion } from '../types';
import { findCandidates, MAX_CANDIDATES } from './candidates';
import { diversify } from './diversity';
import { explain } from './explanation';
import { neighbourhood } from './neighbourhood';
import { contribution, type Scored } from './scored';
import { PART_NAMES, type Part } from './weights';

/**
 * The list for one source: candidates by their words and links, each compared by every signal,
 * fused, cut by the absolute score, ordered, diversified. A pure function of what the index holds.
 */
export function rank(
  index: CollectionIndex,
  source: IndexedDocument,
  options: RankingOptions,
  query: RelatedQuery,
): Suggestion[] {
  const minScore = query.minScore ?? options.minScore;
  const limit = query.limit ?? Infinity;
  const accept = ({ id }: IndexedDocument) => id !== source.id && !query.exclude?.has(id);

  const links = compareLinks(index, source);
  const left = 1 + (query.exclude?.size ?? 0);
  const slots = new Set(findCandidates(index, source, accept, left));
  for (const slot of [...links.neighbours(MAX_CANDIDATES), ...taxonomyNeighbours(index, source)]) {
    if (accept(index.at(slot))) slots.add(slot);
  }

  const text = new TextComparison(index, source, titleTerms(index, source));
  const scored = score(index, source, [...slots], { options, links, text });
  const kept = scored.filter(
    ({ absolute, document }) => absolute >= minScore || links.direct(document),
  );
  kept.sort((a, b) => b.fused - a.fused || index.compareSlots(a.document.slot, b.document.slot));
  return diversify(index, kept, options.diversity, limit).map((suggestion) => ({
    id: suggestion.document.id,
    score: suggestion.absolute,
    rank: suggestion.fused,
    ...(query.explain && { explanation: explain(source, suggestion, options, text, links) }),
  }));
}

interface Comparisons {
  options: RankingOptions;
  links: LinkComparison;
  text: TextComparison;
}

function score(
  index: CollectionIndex,
  source: IndexedDocument,
  slots: number[],
  { options, links, text }: Comparisons,
): Scored[] {
  const titles = compareTitles(index, source, text);
  const taxonomy = compareTaxonomy(index, source, options.relations);
  const dates = compareDates(index, source);

  const scored = slots.map((slot): Scored => {
    const document = index.at(slot);
    const { bm25, cosine, absolute } = text.compare(document);
    const shared = taxonomy(document);
    return {
      document,
      absolute: withTaxonomy(absolute, shared),
      fused: 0,
      own: [],
      parts: {
        bm25,
        cosine,
        ...titles(document),
        taxonomy: shared,
        date: dates(document),
        ...links.compare(document),
        neighbourhood: 0,
      },
    };
  });

  divideByLargest(scored, 'bm25');
  divideByLargest(scored, 'cosine');
  neighbourhood(index, scored);
  for (const candidate of scored) {
    for (const part of PART_NAMES) candidate.fused += contribution(candidate, part, options);
  }
  addOwn(scored, source, options.own ?? []);
  return scored;
}

function addOwn(scored: Scored[], source: IndexedDocument, signals: readonly OwnSignal[]): void {
  const candidates = scored.map(({ document }) => document);
  for (const signal of signals) {
    const scores = compareOwn(signal, source, candidates);
    scored.forEach((candidate, i) => {
      const added = scores ? scores[i] * signal.weight : 0;
      candidate.own.push(added);
      candidate.fused += added;
    });
  }
}

/**
 * How much fully shared taxonomy raises the absolute score. Words alone miss what an editor has said by
 * filing two short articles together; a shared category by itself stays well below the default `minScore`.
 */
const TAXONOMY_EVIDENCE = 0.2;

/** Text evidence `a` and taxonomy evidence `b`, either of which may be right: a + b - ab. */
function withTaxonomy(absolute: number, taxonomy: number): number {
  return absolute + (1 - absolute) * TAXONOMY_EVIDENCE * taxonomy;
}

function divideByLargest(scored: Scored[], part: Part): void {
  let largest = 0;
  for (const { parts } of scored) largest = Math.max(largest, parts[part]);
  if (largest > 0) for (const { parts } of scored) parts[part] /= largest;
}
