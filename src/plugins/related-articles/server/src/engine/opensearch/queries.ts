import type { IndexedDocument } from '../indexed-document';
import {
  DATE_NEIGHBOURS,
  MAX_DATED,
  MAX_NEIGHBOURS,
  MAX_TIES,
  rareEntries,
  SHORTLIST,
  usualCandidates,
} from '../ranking/candidate-rules';
import { frequencyAt, queryTerms } from '../ranking/coarse';
import type { RankQuery } from '../ranking/query';
import { earliestDate } from '../signals/date';
import type { Hit, SearchAnswer } from './client';
import type { CollectionCounts } from './collection-counts';
import type { StoredDocument } from './features';
import type { TermNumbers } from './term-numbers';
import type { FoundDocument, FoundId, TextHit } from './found';
import { MAX_RESCORED } from './kept-here';

/** Clauses per query: below what a cluster accepts by default. */
export const MAX_CLAUSES = 1000;
/** The most results of a search. */
export const MAX_RESULTS = 10_000;
/** How much longer the cluster's list is than the shortlist, because the cluster rounds differently. */
const MARGIN = 1.5;
/** How many documents a search by words looks for, at most, even if many are left out. */
const MAX_TEXT_HITS = 2000;
/** How many addresses or places one search looks up. */
export const MAX_TERMS = 10_000;

/** Only columns: reading `_id` or a source would unpack whole blocks of stored documents for every hit. */
const COLUMNS = { _source: false, stored_fields: '_none_', seq_no_primary_term: true };
const GIVES = { ...COLUMNS, docvalue_fields: ['id', 'date', 'addresses'] };
const GIVES_TITLE = { ...COLUMNS, docvalue_fields: [...GIVES.docvalue_fields, 'title'] };
/** For collections whose documents are all read in full, and mostly known here. */
const GIVES_IDS = { ...COLUMNS, docvalue_fields: ['id'] };

const isReadInFull = ({ size }: { size: number }): boolean => size <= MAX_RESCORED;
/** The fields of a document that is read in full. */
export const READ = ['id', 'deleted', 'date', 'entries', 'addresses', 'links', 'picked', 'attributes', 'features', 'checksum']; // prettier-ignore

/** A source of a list: its numbers, and its words as texts. */
export interface SourceWords {
  document: IndexedDocument;
  /** By position among the terms. */
  words: readonly string[];
}

/** Clauses for the source's words that weigh most, each boosted by how often it counts, as in BM25. */
export function wordClauses(
  index: Parameters<typeof queryTerms>[0],
  { document, words }: SourceWords,
): object[] {
  return queryTerms(index, document)
    .slice(0, MAX_CLAUSES)
    .map(({ position }) => {
      const boost = frequencyAt(document, position);
      const value = words[position];
      // How rare a word is must not count in the cluster.
      if (index.dictionary.isEqual) return { constant_score: { filter: { term: { body: value } }, boost } }; // prettier-ignore
      return { term: { body: { value, boost } } };
    });
}

/** The search for documents that share words with a source. */
export function textSearch(
  counts: CollectionCounts,
  clauses: readonly object[],
  sourceId: string,
  size: number,
  leftOut: { ids: readonly string[]; before: number | null } = { ids: [], before: null },
): object {
  const { ids, before } = leftOut;
  return {
    ...(isReadInFull(counts) ? GIVES_IDS : GIVES_TITLE),
    size,
    track_total_hits: false,
    query: {
      bool: {
        should: clauses,
        minimum_should_match: 1,
        must_not: [
          { ids: { values: [...(sourceId === '' ? [] : [sourceId]), ...ids] } },
          ...(before === null ? [] : [{ range: { date: { lt: before } } }]),
        ],
      },
    },
  };
}

/** How many documents that share words are looked at; the best of them are compared in full. */
export function textHits(
  { size }: CollectionCounts,
  { maxCandidates, exclude }: RankQuery,
): number {
  const wanted = SHORTLIST * (maxCandidates ?? usualCandidates(size)) + (exclude?.size ?? 0);
  return Math.min(MAX_TEXT_HITS, Math.ceil(MARGIN * wanted));
}

/** Returns what is left out of a list if it is so much that the rest needs a search of its own; `null` otherwise. */
export function leftOutOf(
  counts: CollectionCounts,
  { exclude, maxAge }: RankQuery,
  maxMore: number,
): { ids: string[]; before: number | null } | null {
  if ((exclude?.size ?? 0) <= maxMore && maxAge === undefined) return null;
  return { ids: [...(exclude ?? [])], before: earliestDate(counts, maxAge) };
}

/** The search for documents that share a rare entry with the source; `null` if it has none. */
export function taxonomySearch(
  source: IndexedDocument,
  numbers: TermNumbers,
  index: Parameters<typeof rareEntries>[0] & { size: number },
  ignoredRelations: RankQuery['ignoredRelations'],
): object | null {
  const rare = rareEntries(index, source, ignoredRelations).map((entry) => ({
    ...entry,
    name: numbers.entry(entry.key),
  }));
  rare.sort((a, b) => a.count - b.count || (a.name < b.name ? -1 : 1));
  let sum = 0;
  const chosen = rare.filter(({ count }) => (sum += count) <= MAX_NEIGHBOURS);
  if (chosen.length === 0) return null;
  return { ...(isReadInFull(index) ? GIVES_IDS : GIVES), size: MAX_NEIGHBOURS, track_total_hits: false, query: { terms: { taxonomy: chosen.map(({ name }) => name) } } }; // prettier-ignore
}

/** The search for documents written closest to the source in time; `null` if that says nothing. */
export function dateSearch(
  { date }: IndexedDocument,
  { size, dates }: CollectionCounts,
): object | null {
  if (date === null || size > MAX_DATED || dates.size === 0) return null;
  const [gte, lte] = dates.around(date, DATE_NEIGHBOURS);
  const limit = MAX_TIES * DATE_NEIGHBOURS;
  return { ...(isReadInFull({ size }) ? GIVES_IDS : GIVES), size: limit + 1, track_total_hits: false, query: { range: { date: { gte, lte } } } }; // prettier-ignore
}

/** Whether so many documents are near in time that this says nothing. */
export const isTie = (count: number): boolean => count > MAX_TIES * DATE_NEIGHBOURS;

export const ownersSearch = (addresses: readonly string[]): object => ({
  ...GIVES,
  size: MAX_RESULTS,
  track_total_hits: false,
  query: { terms: { addresses } },
});

/** The search for documents that link to any of these addresses; each hit lists which, by place. */
export const linkingSearch = (addresses: readonly string[], size: number): object => ({
  ...GIVES,
  size,
  track_total_hits: true,
  query: {
    bool: {
      should: addresses.map((value, at) => ({ term: { links: { value, _name: String(at) } } })),
    },
  },
});

export const linksSearch = (ids: readonly string[]): object => ({
  ...GIVES,
  docvalue_fields: ['id', 'links'],
  size: ids.length,
  track_total_hits: false,
  query: { ids: { values: ids } },
});

export const sampleSearch = (size: number): object => ({
  _source: false,
  size,
  track_total_hits: false,
  sort: [{ sample: 'asc' }, { id: 'asc' }],
  query: { exists: { field: 'sample' } },
});

export const idOf = ({ fields }: Hit): string => fields?.id?.[0] as string;

export const linksOf = ({ fields }: Hit): readonly string[] => (fields?.links as string[] | undefined) ?? []; // prettier-ignore

export function foundOf(hit: Hit): FoundDocument {
  const { _seq_no, fields } = hit;
  return {
    id: idOf(hit),
    date: (fields?.date?.[0] as number | undefined) ?? null,
    addresses: (fields?.addresses as string[] | undefined) ?? [],
    sequence: _seq_no ?? -1,
  };
}

export const foundIdOf = (hit: Hit): FoundId => ({ id: idOf(hit), sequence: hit._seq_no ?? -1 });

/** @param counts The counts of the collection that was searched: they decide what searches return. */
export const neighboursOf = (counts: CollectionCounts, hits: readonly Hit[]) =>
  hits.map(isReadInFull(counts) ? foundIdOf : foundOf);

export function textHitsOf(counts: CollectionCounts, hits: readonly Hit[]): TextHit[] {
  const documents = neighboursOf(counts, hits);
  return hits.map(({ _score, fields }, at) => ({
    document: documents[at],
    score: _score ?? 0,
    title: (fields?.title as string[] | undefined) ?? [],
  }));
}

export const hitsOf = (answer: SearchAnswer | undefined): readonly Hit[] => answer?.hits.hits ?? [];

export type ReadHit = Hit<StoredDocument>;
