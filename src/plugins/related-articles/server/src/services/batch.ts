import type { RelatedType } from '../config/resolve';
import { collectionOf } from '../content/mapper';
import { NO_DECISIONS, pinsInList, sourceOf } from '../curations/curation';
import type { CurationCache } from '../curations/curation-cache';
import { isSameRef, refKey, type DocumentRef, type Query, type Suggestion } from '../engine/engine';
import { hasFilters, type Document } from '../permissions/documents';
import { readLater } from '../permissions/read-later';
import type { ReadForReasons } from './explanations';
import { limited } from './limited';
import {
  SPARE_PLACES,
  SUGGESTION_CAP,
  idsOf,
  type Page,
  type PageRequest,
  type RelatedEntry,
  type Source,
  type SuggestionsService,
} from './suggestions';
import { rankMany, type RankedFor } from './rank-many';
import { summed } from './summed';
import { isNotIndexed, withPins } from './visible-suggestions';
import type { ListEngine } from './when-away';

export interface BatchRequest
  extends Omit<PageRequest, 'decisions' | 'readForReasons' | 'checkTime'>, RankedFor {
  /** Whether a list leaves out documents that an earlier list shows. */
  distinct: boolean;
  /** Returns the reader of the documents that one list's explanations need. */
  readForReasons(source: Source): ReadForReasons;
  /** Called with entries as soon as they are read; may throw. */
  onPage?(documents: Page['documents']): void;
}

/** How many entries are read at once. */
const PART = 100;

interface BatchOptions {
  engine: ListEngine;
  curations: CurationCache;
  suggestions: SuggestionsService;
}

/** Makes lists for several documents of one type and locale: ranks them in one call and reads them in one. */
export class BatchSuggestions {
  constructor(private readonly options: BatchOptions) {}

  /** Returns a page for each source, in the order of the sources. */
  async lists(
    type: RelatedType,
    sources: readonly Source[],
    request: BatchRequest,
  ): Promise<Page[]> {
    if (sources.length === 0) return [];
    const isSimple = !hasFilters(request.query.filters) && !request.isGuarded;
    return isSimple ? this.atOnce(type, sources, request) : this.oneByOne(type, sources, request);
  }

  /**
   * Makes one list for all sources: what is related to most of them, and most closely. Pins come first, then picks, then
   * what rules place.
   */
  async together(
    type: RelatedType,
    sources: readonly Source[],
    request: BatchRequest,
  ): Promise<Page> {
    const { engine, curations, suggestions } = this.options;
    const [{ locale }] = sources;
    const collection = collectionOf(type, locale);
    const own = sources.map(({ documentId }) => ({ uid: type.uid, documentId }));
    const decided = await Promise.all(
      own.map(({ documentId }) => curations.of(sourceOf(type.uid, documentId, locale))),
    );
    const exclusions = [...own, ...decided.flatMap((decisions) => decisions.exclusions)];
    const pins = new Map(
      decided.flatMap((decisions) => decisions.pins).map((pin) => [refKey(pin), pin]),
    );
    const bestFor = new Map<string, Source>();
    const rank = async (query: Query) => {
      // The rule `atMost` applies to the list that is made of them.
      const each = { ...query, ignoresLimits: true, tellsLimits: true };
      const lists = request.isTried
        ? await this.rankTexts(type, sources, each, request)
        : await rankMany(engine, collection, idsOf(sources), each, request);
      const found: (readonly Suggestion[])[] = [];
      for (const [at, source] of sources.entries()) {
        // One that is not in the index yet is read.
        found.push(lists[at] ?? (await suggestions.rankInTurn(type, source, each, request)));
      }
      const noted = (ref: DocumentRef, at: number) => bestFor.set(refKey(ref), sources[at]);
      const all = summed(found, query, noted);
      return query.ignoresLimits ? all : limited(all);
    };
    /** Describes each suggestion with the reasons of the source that it is most closely related to. */
    const describe = async (page: readonly Suggestion[]) => {
      const described = new Map<Suggestion, RelatedEntry>();
      for (const source of sources) {
        const own = page.filter((one) => (bestFor.get(refKey(one)) ?? sources[0]) === source);
        if (own.length === 0) continue;
        await request.checkTime();
        const readForReasons = request.readForReasons(source);
        const entries = await suggestions.describe(type, source, own, { ...request, readForReasons }); // prettier-ignore
        own.forEach((one, at) => described.set(one, entries[at]));
      }
      return page.map((one) => described.get(one) as RelatedEntry);
    };
    return suggestions.find(type, { documentId: '', locale, status: 'published' }, {
      ...request,
      decisions: {
        pins: [...pins.values()].filter((pin) => !exclusions.some((ref) => isSameRef(ref, pin))),
        exclusions,
        isHidden: false,
      },
      rank,
      linked: async () => {
        const all: DocumentRef[] = [];
        for (const source of sources) all.push(...(await suggestions.linked(type, source)));
        return all;
      },
      describe,
      readForReasons: async () => new Map(),
    }); // prettier-ignore
  }

  /** Ranks each source like a text that the caller may have written. */
  private async rankTexts(
    type: RelatedType,
    sources: readonly Source[],
    query: Query,
    request: BatchRequest,
  ): Promise<(readonly Suggestion[])[]> {
    const lists: (readonly Suggestion[])[] = [];
    for (const source of sources) {
      await request.checkTime();
      lists.push(await this.options.suggestions.rankInTurn(type, source, query, request));
    }
    return lists;
  }

  /** Makes each list like a single one, but reads the entries of all of them together. */
  private async oneByOne(
    type: RelatedType,
    sources: readonly Source[],
    request: BatchRequest,
  ): Promise<Page[]> {
    const pages: Page[] = [];
    const taken = new Set<string>();
    const { access, read } = readLater(request.access);
    const unread = { ...request, access, onPage: undefined };
    await this.lookUp(type, sources, request);
    for (const source of sources) {
      const page = await this.alone(type, source, unread, taken);
      if (request.distinct) for (const { documentId } of page.related) taken.add(documentId);
      pages.push(page);
    }
    const ids = new Set(pages.flatMap(({ documents }) => idsOf(documents)));
    const documents = await this.readParts([...ids], read, request);
    const whole: Page[] = [];
    for (const [at, page] of pages.entries()) {
      const found = idsOf(page.documents).flatMap((id) => documents.get(id) ?? []);
      if (found.length === page.documents.length) {
        whole.push({ ...page, documents: found });
        continue;
      }
      // Something was unpublished meanwhile: others move up.
      for (const { documentId } of page.related) taken.delete(documentId);
      const anew = await this.alone(type, sources[at], request, taken);
      if (request.distinct) for (const { documentId } of anew.related) taken.add(documentId);
      whole.push(anew);
    }
    return whole;
  }

  /** Looks up together what all lists are likely to compare; `access` remembers it. */
  private async lookUp(
    type: RelatedType,
    sources: readonly Source[],
    request: BatchRequest,
  ): Promise<void> {
    const { access, query, isTried } = request;
    // Texts are ranked in another way, and that takes long.
    if (isTried || sources.length === 1) return;
    const { suggestions, engine } = this.options;
    const { hidesSome, limitsLast, maxCandidates } = suggestions.searchFor(type, request);
    const depth = { maxCandidates, ...((hidesSome || limitsLast) && { ignoresLimits: true }) };
    const found = new Set((await this.rank(type, sources, request, depth)).flatMap(idsOf));
    if (engine.storage === 'process') {
      for (const source of sources) {
        for (const { documentId } of await suggestions.linked(type, source)) found.add(documentId);
      }
    }
    const [{ locale }] = sources;
    let ids = [...found];
    for (const asked of hidesSome ? [{}, query] : [query]) {
      const had: string[] = [];
      for (let at = 0; at < ids.length; at += access.pageSize) {
        await request.checkTime();
        const part = ids.slice(at, at + access.pageSize);
        const { has } = await access.find(part, { locale, status: 'published', ...asked });
        had.push(...part.filter(has));
      }
      ids = had;
    }
  }

  private async readParts(
    ids: readonly string[],
    read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Document>>,
    { onPage, checkTime }: BatchRequest,
  ): Promise<Map<string, Document>> {
    const documents = new Map<string, Document>();
    for (let from = 0; from < ids.length; from += PART) {
      await checkTime();
      const part = await read(ids.slice(from, from + PART));
      onPage?.([...part.values()]);
      for (const [documentId, document] of part) documents.set(documentId, document);
    }
    return documents;
  }

  /** Makes a list separately if something in it is hidden from the caller: others move up, as in a single list. */
  private async atOnce(
    type: RelatedType,
    sources: readonly Source[],
    request: BatchRequest,
  ): Promise<Page[]> {
    const ranked = await this.rank(type, sources, request);
    const { start, limit, access, query } = request;
    const [{ locale }] = sources;
    const asked = { locale, status: 'published' as const, ...query };
    const known = new Map<string, boolean>();
    const ask = async (ids: readonly string[]) => {
      const unknown = [...new Set(ids)].filter((id) => !known.has(id));
      if (unknown.length === 0) return;
      await request.checkTime();
      const { has } = await access.find(unknown, asked);
      for (const id of unknown) known.set(id, has(id));
    };
    const first = ranked.flatMap((list) => list.slice(0, start + limit));
    await ask(first.map(({ documentId }) => documentId));
    const taken = new Set<string>();
    const chosen: { list: Suggestion[]; total: number; page?: Page }[] = [];
    const { hasLimits } = this.options.suggestions.searchFor(type, request);
    for (const [at, all] of ranked.entries()) {
      const left = all.filter(({ documentId }) => !taken.has(documentId)).slice(0, SUGGESTION_CAP);
      // What an earlier list shows must not take the places of its group in this one.
      const isLimited = hasLimits && all.some(({ documentId }) => taken.has(documentId));
      const list = left.slice(0, start + limit);
      await ask(list.map(({ documentId }) => documentId));
      // Of more than were ranked, others may be left.
      const isShort = taken.size > 0 && list.length < start + limit && all.length >= SUGGESTION_CAP;
      const isWhole =
        !isLimited && !isShort && list.every(({ documentId }) => known.get(documentId));
      const page = isWhole ? undefined : await this.alone(type, sources[at], request, taken);
      const shown = page ? page.related : list.slice(start);
      if (request.distinct) for (const { documentId } of shown) taken.add(documentId);
      // Suggestions after the page count in the total, so neither hidden ones nor pinned drafts may be among them.
      const { readsAllEntries } = request.visibility;
      const isSure = (one: Suggestion) => readsAllEntries && !isNotIndexed(one);
      if (!page) await ask(left.flatMap((one) => (isSure(one) ? [] : one.documentId)));
      const counted = left.filter((one) => isSure(one) || known.get(one.documentId));
      chosen.push({ list: list.slice(start), total: counted.length, page });
    }
    const simple = chosen.filter(({ page }) => !page).flatMap(({ list }) => list);
    const ids = [...new Set(simple.map(({ documentId }) => documentId))];
    const documents = await this.readParts(ids, (part) => access.read(part, asked), request);
    const pages: Page[] = [];
    for (const [at, { list, total, page }] of chosen.entries()) {
      if (page) {
        pages.push(page);
        continue;
      }
      await request.checkTime();
      const shown = list.filter(({ documentId }) => documents.has(documentId));
      const source = sources[at];
      const readForReasons = request.readForReasons(source);
      pages.push({
        documents: shown.map(({ documentId }) => documents.get(documentId) as Document), // prettier-ignore
        related: await this.options.suggestions.describe(type, source, shown, { ...request, readForReasons }), // prettier-ignore
        total,
      });
    }
    return pages;
  }

  private async alone(
    type: RelatedType,
    source: Source,
    request: BatchRequest,
    taken: ReadonlySet<string>,
  ): Promise<Page> {
    await request.checkTime();
    const { exclude = [] } = request.related;
    const before = [...taken].map((documentId) => ({ uid: type.uid, documentId }));
    const page = await this.options.suggestions.find(type, source, {
      ...request,
      related: { ...request.related, exclude: [...exclude, ...before] },
      readForReasons: request.readForReasons(source),
    });
    request.onPage?.(page.documents);
    return page;
  }

  private async rank(
    type: RelatedType,
    sources: readonly Source[],
    request: BatchRequest,
    depth: Pick<Query, 'maxCandidates' | 'ignoresLimits'> = {},
  ): Promise<Suggestion[][]> {
    const { engine, curations, suggestions } = this.options;
    const [{ locale }] = sources;
    const collection = collectionOf(type, locale);
    const hidden = await curations.hiddenIn(sourceOf(type.uid, '', locale));
    const exclude = [...(request.related.exclude ?? []), ...hidden];
    const query: Query = {
      ...request.related,
      exclude,
      maxCandidates: SUGGESTION_CAP,
      diversifyTop: request.start + request.limit + SPARE_PLACES,
      ignoredRelations: request.visibility.ignoredRelations,
      ...depth,
    };
    const decisions = await Promise.all(
      sources.map(({ documentId }) => curations.of(sourceOf(type.uid, documentId, locale))),
    );
    const isPlain = (at: number) => decisions[at] === NO_DECISIONS && sources[at].status === 'published'; // prettier-ignore
    const plain = sources.filter((_, at) => isPlain(at));
    const found = await rankMany(engine, collection, idsOf(plain), query, request);
    const listOf = new Map(plain.map((source, at) => [source, found[at]]));
    const lists: Suggestion[][] = [];
    for (const [at, source] of sources.entries()) {
      const list = listOf.get(source);
      if (list) {
        lists.push([...list]);
        continue;
      }
      await request.checkTime();
      const { pins, exclusions } = decisions[at];
      const self = { uid: type.uid, documentId: source.documentId };
      const left = [...exclude, ...exclusions];
      const pinned = pinsInList(pins, self, left);
      const own = { ...query, exclude: left, pinned };
      lists.push(withPins(pinned, await suggestions.rankInTurn(type, source, own, request)));
    }
    return lists;
  }
}
