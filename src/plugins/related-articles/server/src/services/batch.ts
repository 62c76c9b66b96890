import type { RelatedType } from '../config/resolve';
import { collectionOf } from '../content/mapper';
import { NO_DECISIONS, sourceOf } from '../curations/curation';
import type { CurationCache } from '../curations/curation-cache';
import { isSameRef, refKey, type Engine, type Query, type Suggestion } from '../engine/engine';
import { hasFilters } from '../permissions/documents';
import type { ReadForReasons } from './explanations';
import {
  SPARE_PLACES,
  SUGGESTION_CAP,
  type Page,
  type PageRequest,
  type Source,
  type SuggestionsService,
} from './suggestions';
import { withPins } from './visible-suggestions';

/** How often lists are chosen anew because something in them is hidden from the caller. */
const MAX_ROUNDS = 5;

export interface BatchRequest extends Omit<PageRequest, 'decisions' | 'readForReasons'> {
  /** Whether a list leaves out what an earlier one has. */
  distinct: boolean;
  /** Reads the documents that explanations of one list are given for. */
  readForReasons(source: Source): ReadForReasons;
  /** @throws when the request has taken too long to go on. */
  checkTime(): void;
}

interface BatchOptions {
  engine: Engine;
  curations: CurationCache;
  suggestions: SuggestionsService;
}

/** Lists for several documents of one type and locale: ranked in one call and read in one. */
export class BatchSuggestions {
  constructor(private readonly options: BatchOptions) {}

  /** A page for each source, in their order. */
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
   * One list for all sources: what is related to most of them, and most closely. The scores of a document are summed
   * over the lists (CombSUM; Fox and Shaw, "Combination of Multiple Searches", TREC-2, 1994). Pins of all come first.
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
    const decided = own.map(({ documentId }) =>
      curations.get(sourceOf(type.uid, documentId, locale)),
    );
    const exclusions = [...own, ...decided.flatMap((decisions) => decisions.exclusions)];
    const pins = new Map(
      decided.flatMap((decisions) => decisions.pins).map((pin) => [refKey(pin), pin]),
    );
    const rank = async (query: Query) => {
      const lists = await engine.related(collection, sources.map(({ documentId }) => ({ documentId })), query); // prettier-ignore
      return summed(
        lists.map((list) => list ?? []),
        query,
      );
    };
    return suggestions.find(type, { documentId: '', locale, status: 'published' }, {
      ...request,
      decisions: {
        pins: [...pins.values()].filter((pin) => !exclusions.some((ref) => isSameRef(ref, pin))),
        exclusions,
        isHidden: false,
      },
      rank,
      readForReasons: async () => new Map(),
    }); // prettier-ignore
  }

  private async oneByOne(
    type: RelatedType,
    sources: readonly Source[],
    request: BatchRequest,
  ): Promise<Page[]> {
    const pages: Page[] = [];
    const { exclude = [] } = request.related;
    for (const source of sources) {
      request.checkTime();
      const before = request.distinct ? pages.flatMap(({ related }) => related) : [];
      pages.push(
        await this.options.suggestions.find(type, source, {
          ...request,
          related: { ...request.related, exclude: [...exclude, ...before] },
          readForReasons: request.readForReasons(source),
        }),
      );
    }
    return pages;
  }

  private async atOnce(
    type: RelatedType,
    sources: readonly Source[],
    request: BatchRequest,
  ): Promise<Page[]> {
    const ranked = await this.rank(type, sources, request);
    const { start, limit, access, query } = request;
    const [{ locale }] = sources;
    const asked = { locale, status: 'published' as const, ...query };
    const seen = new Set<string>();
    const hidden = new Set<string>();
    let chosen: Suggestion[][] = [];
    let totals: number[] = [];
    for (let round = 1; ; round += 1) {
      const taken = new Set<string>();
      const isFree = (one: Suggestion) => !hidden.has(one.documentId) && !taken.has(one.documentId);
      const lists = ranked.map((list) => {
        const free = list.filter(isFree);
        const part = free.slice(start, start + limit);
        if (request.distinct) for (const { documentId } of part) taken.add(documentId);
        return { part, total: free.length };
      });
      chosen = lists.map(({ part }) => part);
      totals = lists.map(({ total }) => total);
      const unknown = new Set(chosen.flat().map(({ documentId }) => documentId).filter((id) => !seen.has(id))); // prettier-ignore
      if (unknown.size === 0 || round > MAX_ROUNDS) break;
      request.checkTime();
      const { has } = await access.find([...unknown], asked);
      for (const id of unknown) (has(id) ? seen : hidden).add(id);
    }
    const ids = new Set(chosen.flat().map(({ documentId }) => documentId));
    const documents = await access.read([...ids].filter((id) => seen.has(id)), asked); // prettier-ignore
    const pages: Page[] = [];
    for (const [at, list] of chosen.entries()) {
      request.checkTime();
      const shown = list.filter(({ documentId }) => documents.has(documentId));
      const source = sources[at];
      const readForReasons = request.readForReasons(source);
      pages.push({
        documents: shown.map(({ documentId }) => documents.get(documentId) as Page['documents'][number]), // prettier-ignore
        related: await this.options.suggestions.describe(type, source, shown, { ...request, readForReasons }), // prettier-ignore
        total: totals[at],
      });
    }
    return pages;
  }

  private async rank(
    type: RelatedType,
    sources: readonly Source[],
    request: BatchRequest,
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
    };
    const decisions = await Promise.all(
      sources.map(({ documentId }) => curations.of(sourceOf(type.uid, documentId, locale))),
    );
    const isPlain = (at: number) => decisions[at] === NO_DECISIONS && sources[at].status === 'published'; // prettier-ignore
    const plain = sources.filter((_, at) => isPlain(at));
    const found = await engine.related(
      collection,
      plain.map(({ documentId }) => ({ documentId })),
      query,
    );
    const listOf = new Map(plain.map((source, at) => [source, found[at]]));
    const lists: Suggestion[][] = [];
    for (const [at, source] of sources.entries()) {
      const list = listOf.get(source);
      if (list) {
        lists.push([...list]);
        continue;
      }
      request.checkTime();
      const { pins, exclusions } = decisions[at];
      const all = [...exclude, ...exclusions, { uid: type.uid, documentId: source.documentId }];
      const pinned = pins.filter((pin) => !all.some((ref) => isSameRef(ref, pin)));
      const own = { ...query, exclude: [...exclude, ...exclusions], pinned };
      lists.push(withPins(pinned, await suggestions.rank(type, source, own)));
    }
    return lists;
  }
}

/** Documents of several lists, each once, by the sum of its scores there. */
function summed(lists: readonly (readonly Suggestion[])[], { pinned = [] }: Query): Suggestion[] {
  const sums = new Map<string, Suggestion>();
  for (const one of lists.flat()) {
    const key = refKey(one);
    const known = sums.get(key);
    sums.set(key, {
      ...one,
      score: Math.max(one.score, known?.score ?? 0),
      fusedScore: one.score + (known?.fusedScore ?? 0),
    });
  }
  const isPin = (one: Suggestion) => pinned.some((pin) => isSameRef(pin, one));
  const all = [...sums.values()];
  const places = new Map(pinned.map((pin, at) => [refKey(pin), at]));
  const pins = all.filter(isPin).sort((a, b) => (places.get(refKey(a)) ?? 0) - (places.get(refKey(b)) ?? 0)); // prettier-ignore
  const rest = all
    .filter((one) => !isPin(one))
    .sort((a, b) => b.fusedScore - a.fusedScore || (a.documentId < b.documentId ? -1 : 1));
  return [...pins.map((pin) => ({ ...pin, pinned: true })), ...rest];
}
