import type { IndexedDocument } from '../indexed-document';
import { MAX_MORE } from '../ranking/candidate-rules';
import type { RankQuery } from '../ranking/query';
import {
  checkItems,
  checkShards,
  SearchFailure,
  WHOLE,
  type Hit,
  type SearchAnswer,
  type SearchClient,
} from './client';
import type { CollectionCounts } from './collection-counts';
import { DocumentCache } from './document-cache';
import { decode, type StoredDocument } from './features';
import { nothingWanted, type Wanted } from './found';
import type { LinkCache } from './link-cache';
import { LinkReader } from './link-reader';
import {
  dateSearch,
  hitsOf,
  idOf,
  isTie,
  leftOutOf,
  neighboursOf,
  READ,
  sampleSearch,
  taxonomySearch,
  textHits,
  textHitsOf,
  textSearch,
  wordClauses,
  type SourceWords,
} from './queries';
import { upperOf } from '../packed';
import { Turns } from '../steps';
import type { TermNumbers } from './term-numbers';
import { CollectionView } from './view';

/** How often the ranking may ask for more. Each time, it looks a step further: links of links of candidates. */
const MAX_PASSES = 12;
const SCROLL_MINUTES = 2;
/** How long to wait for a page of a scan, in milliseconds. */
const SCROLL_MS = 60_000;
/** The node that is asked answers itself if it has a copy. All copies return the same. */
const NEAR = { preference: '_local' } as const;

/** A document of the index, with its words. */
export interface IndexedSource extends SourceWords {
  sequence: number;
}

/** An index in the cluster as it is read: what was counted in it, and this process's numbers for its words. */
export interface ReadableIndex {
  name: string;
  counts: CollectionCounts;
  numbers: TermNumbers;
  cache: DocumentCache;
  links: LinkCache;
}

/** Makes lists from an index in the cluster. */
export class IndexReader {
  private readonly links = new LinkReader((name, searches) => this.search(name, searches));

  constructor(private readonly client: SearchClient) {}

  /**
   * Runs a ranking over as much of an index as it asks for.
   *
   * @param source A document of the index, or one that need not be in it.
   */
  async run<Result>(
    index: ReadableIndex,
    source: IndexedSource | SourceWords,
    query: RankQuery,
    rank: (view: CollectionView, source: IndexedDocument) => Result,
  ): Promise<Result> {
    const texts = () =>
      new Map(source.words.map((word, at) => [upperOf(source.document.terms[at]), word] as const));
    const view = new CollectionView({ ...index, texts, hasEqualWords: query.localRarity });
    const document = await this.begin(index, view, source, query);
    for (let pass = 1; ; pass += 1) {
      const result = rank(view, document);
      const wanted = view.takeWanted();
      if (!wanted || pass === MAX_PASSES) return result;
      await this.fetch(index, view, wanted);
    }
  }

  /** Documents of the index by their ids, with their words; `null` for those that are not there. */
  async sources(index: ReadableIndex, ids: readonly string[]): Promise<(IndexedSource | null)[]> {
    const docs = await this.read(index, ids, [...READ, 'words']);
    return docs.map(({ _source, _seq_no }) => {
      if (!_source || _source.deleted) return null;
      return {
        document: decode(_source, index.numbers),
        words: _source.words?.split(' ') ?? [],
        sequence: _seq_no ?? -1,
      };
    });
  }

  /** The ids with the smallest hashes: a sample that depends on nothing but the ids. */
  async sample({ name }: ReadableIndex, size: number): Promise<string[]> {
    const [answer] = await this.search(name, [sampleSearch(size)]);
    return hitsOf(answer).map(({ _id }) => _id);
  }

  /**
   * All documents, a page at a time, with these fields.
   *
   * @param only A query that they have to match. Default: all documents.
   */
  async *scan(
    { name }: Pick<ReadableIndex, 'name'>,
    fields: readonly string[],
    size: number,
    only?: object,
  ): AsyncGenerator<Hit<StoredDocument>[]> {
    const keep = `${SCROLL_MINUTES}m`;
    let answer = await this.client.request<SearchAnswer<StoredDocument>>({
      method: 'POST',
      path: `/${name}/_search`,
      query: { scroll: keep, ...WHOLE },
      timeoutMs: SCROLL_MS,
      isTriedOnce: true,
      body: {
        _source: fields.length > 0 ? fields : false,
        size,
        sort: ['_doc'],
        query: { bool: { filter: [{ exists: { field: 'sample' } }, ...(only ? [only] : [])] } },
      },
    });
    try {
      for (;;) {
        checkShards(answer);
        if (answer.hits.hits.length === 0) return;
        yield answer.hits.hits;
        const body = { scroll: keep, scroll_id: answer._scroll_id };
        // A repeated request would get the page after the one that is missing.
        answer = await this.client.request({ method: 'POST', path: '/_search/scroll', body, timeoutMs: SCROLL_MS, isTriedOnce: true }); // prettier-ignore
      }
    } finally {
      const body = { scroll_id: [answer._scroll_id] };
      const ended = this.client.request({ method: 'DELETE', path: '/_search/scroll', body });
      await ended.catch(() => undefined);
    }
  }

  /** Fetches everything that depends on the source alone, before the first pass. */
  private async begin(
    index: ReadableIndex,
    view: CollectionView,
    source: IndexedSource | SourceWords,
    query: RankQuery,
  ): Promise<IndexedDocument> {
    const { counts, numbers, name } = index;
    let { document } = source;
    if ('sequence' in source) {
      document = view.at(view.addRead(document, source.sequence));
    } else {
      // A source given with its content replaces the document with its id.
      const own = document.id === '' ? [] : [document.id];
      for (const hit of await this.read(index, own, ['date', 'addresses', 'deleted'])) {
        const isThere = hit._source && !hit._source.deleted;
        if (isThere) view.addFound({ ...storedFound(hit), id: document.id });
      }
      document = { ...document, slot: view.slotOf(document.id) };
    }
    const clauses = wordClauses(view, { document, words: source.words });
    const size = textHits(counts, query);
    const leftOut = leftOutOf(counts, query, MAX_MORE);
    const searches = {
      text: clauses.length > 0 ? textSearch(counts, clauses, document.id, size) : null,
      left:
        clauses.length > 0 && leftOut
          ? textSearch(counts, clauses, document.id, size, leftOut)
          : null,
      taxonomy: taxonomySearch(document, numbers, view, query.ignoredRelations),
      dates: dateSearch(document, counts),
    };
    const names = Object.keys(searches) as (keyof typeof searches)[];
    const asked = names.filter((one) => searches[one] !== null);
    const [answers] = await Promise.all([
      this.search(name, asked.map((one) => searches[one] as object)), // prettier-ignore
      this.aroundSource(index, view, document),
    ]);
    const hits = (one: keyof typeof searches) => hitsOf(answers[asked.indexOf(one)]);
    view.addText(textHitsOf(counts, hits('text')), textHitsOf(counts, hits('left')));
    const dated = isTie(hits('dates').length) ? [] : hits('dates');
    view.addNeighbours(neighboursOf(counts, [...hits('taxonomy'), ...dated]));
    for (const hit of asked.flatMap(hits)) this.addKept(index, view, idOf(hit));
    return document;
  }

  /** Fetches where the source's links lead and which documents link to it, if documents link to each other at all. */
  private aroundSource(
    index: ReadableIndex,
    view: CollectionView,
    { links, addresses }: IndexedDocument,
  ): Promise<void> {
    const wanted = nothingWanted();
    if (view.links.isEmpty) return Promise.resolve();
    for (const address of [...links, ...addresses]) wanted.owners.add(address);
    for (const address of addresses) wanted.linking.add(address);
    return this.links.fetch(index, view, wanted);
  }

  /** Adds a document that was found, if the cache has it in that version. */
  private addKept({ cache, name }: ReadableIndex, view: CollectionView, id: string): boolean {
    const sequence = view.sequenceOf(id);
    const kept = cache.get(name, id, sequence);
    if (kept && sequence !== undefined) view.addRead(kept, sequence);
    return kept !== null;
  }

  private async fetch(index: ReadableIndex, view: CollectionView, wanted: Wanted): Promise<void> {
    await Promise.all([
      this.fetchDocuments(index, view, [...wanted.documents]),
      this.links.fetch(index, view, wanted),
    ]);
  }

  private async fetchDocuments(
    index: ReadableIndex,
    view: CollectionView,
    ids: readonly string[],
  ): Promise<void> {
    const missing = ids.filter((id) => !this.addKept(index, view, id));
    const turns = new Turns();
    for (const hit of await this.read(index, missing, READ)) {
      // Hundreds of long documents take a while to decode.
      await turns.give();
      if (!hit._source || hit._source.deleted) view.addGone(hit._id);
      else {
        const document = decode(hit._source, index.numbers);
        const sequence = hit._seq_no ?? -1;
        index.cache.set(index.name, document, sequence);
        view.addRead(document, sequence);
      }
    }
  }

  /** Documents by their ids, in their order. */
  private async read(
    { name }: ReadableIndex,
    ids: readonly string[],
    fields: readonly string[],
  ): Promise<Hit<StoredDocument>[]> {
    if (ids.length === 0) return [];
    const { docs } = await this.client.request<{ docs: Hit<StoredDocument>[] }>({
      method: 'POST',
      path: `/${name}/_mget`,
      query: { _source_includes: fields.join(','), realtime: false, ...NEAR },
      body: { ids },
    });
    return [...checkItems(docs)];
  }

  private async search(name: string, searches: readonly object[]): Promise<SearchAnswer[]> {
    if (searches.length === 0) return [];
    const { responses } = await this.client.request<{ responses: SearchAnswer[] }>({
      method: 'POST',
      path: `/${name}/_msearch`,
      lines: searches.flatMap((body) => [{ ...WHOLE, ...NEAR }, body]),
    });
    for (const { error, status } of responses) {
      if (error) throw new SearchFailure(status ?? null, error.type, error.reason);
    }
    return responses;
  }
}

const storedFound = ({ _source, _seq_no }: Hit<StoredDocument>) => ({
  date: _source?.date ?? null,
  addresses: _source?.addresses ?? [],
  sequence: _seq_no ?? -1,
});
