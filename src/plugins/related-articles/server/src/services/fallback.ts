import type { Core } from '@strapi/strapi';

import type { Fallback } from '../config/options';
import type { RelatedType } from '../config/resolve';
import { entriesOf, type Entity } from '../content/entity';
import type { RowReader } from '../content/row-reader';
import { sourceOf } from '../curations/curation';
import type { CurationCache } from '../curations/curation-cache';
import { refKey, type DocumentRef, type Rules } from '../engine/engine';
import type { Document } from '../permissions/documents';
import type { SiteOptions } from '../settings/site-options';
import { FallbackPools, groupingOf } from './fallback-pools';
import { FallbackRules } from './fallback-rules';
import { givenRelations } from './given-entries';
import type { InTurn } from './rank-many';
import type { Page, PageRequest, Source } from './suggestions';

export interface FallbackRequest extends Pick<
  PageRequest,
  'query' | 'start' | 'limit' | 'access' | 'visibility' | 'isGuarded'
> {
  kind: Fallback;
  /** Default: the rules in force; `undefined` for none. */
  rules?: Rules;
  exclude: readonly DocumentRef[];
  maxAge?: number;
  distinct?: boolean;
  /** @throws when the request has taken too long to go on. */
  checkTime(): Promise<void>;
  /** Runs the work when it is the caller's turn. Default: at once. */
  inTurn?: InTurn;
}

interface FallbackOptions {
  strapi: Core.Strapi;
  reader: RowReader;
  curations: CurationCache;
  options: SiteOptions;
}

/** A list that may be short. */
export interface FilledList {
  source: Source;
  /** All its sources, if there is more than one. */
  sources?: readonly Source[];
  page: Page;
}

/** Fills short lists with the newest entries, which the caller may have and no editor has excluded. */
export class FallbackEntries {
  constructor(private readonly options: FallbackOptions) {}

  /** Fills the first page of each list, all of one type and locale. Reads the added entries in one call. */
  async fill(
    type: RelatedType,
    lists: readonly FilledList[],
    request: FallbackRequest,
  ): Promise<Page[]> {
    const { kind, start, limit, inTurn = (work) => work() } = request;
    const isShort = ({ page }: FilledList) => page.related.length < limit;
    if (kind === 'none' || start > 0 || !lists.some(isShort)) return lists.map(({ page }) => page);
    return inTurn(() => this.fillShort(type, lists, request));
  }

  private async fillShort(
    type: RelatedType,
    lists: readonly FilledList[],
    request: FallbackRequest,
  ): Promise<Page[]> {
    const { strapi, reader } = this.options;
    const { kind, limit, access, query } = request;
    const [{ source: first }] = lists;
    const { locale } = first;
    const pools = new FallbackPools(strapi, { type, locale }, request);
    const hidden = await this.options.curations.hiddenIn(sourceOf(type.uid, '', locale));
    const kept = lists.flatMap(({ page }) => page.related.map(({ documentId }) => documentId));
    const taken = new Set(request.distinct ? kept : []);
    const added: string[][] = [];
    const held = new FallbackRules({
      strapi,
      reader,
      type,
      locale,
      rules: 'rules' in request ? request.rules : this.options.options.of(type.uid).ranking.rules,
      hidden: request.visibility.ignoredRelations,
      given: request.isGuarded ? request : null,
    });
    const short = lists.filter(({ page }) => page.related.length < limit);
    const groupsOf = await this.groups(type, short.flatMap(sourcesOf), request);
    const groups = short.map((list) => groupsOf(sourcesOf(list))).filter((some) => some.length > 0);
    const pooled = await pools.read(groups);
    await held.know(short.flatMap(sourcesOf), pooled);
    for (const list of lists) {
      await request.checkTime();
      const sources = sourcesOf(list);
      const out = new Set([...request.exclude, ...hidden].map(refKey));
      for (const { documentId } of sources) {
        const { exclusions } = await this.options.curations.of(sourceOf(type.uid, documentId, locale)); // prettier-ignore
        for (const ref of [...exclusions, { uid: type.uid, documentId }]) out.add(refKey(ref));
      }
      const has = new Set(list.page.related.map(({ documentId }) => documentId));
      const mine: string[] = [];
      const isFull = () => list.page.related.length + mine.length >= limit;
      const add = async (found: readonly string[]) => {
        const isAllowed = await held.allowing(sources, found);
        for (const documentId of found) {
          if (isFull()) return;
          if (!isAllowed(documentId)) continue;
          const isOut = has.has(documentId) || taken.has(documentId) || out.has(refKey({ uid: type.uid, documentId })); // prettier-ignore
          if (isOut) continue;
          has.add(documentId);
          mine.push(documentId);
        }
      };
      const addFrom = async (groups: readonly string[] | null) => {
        if (!isFull()) await add(await pools.get(groups));
        if (!isFull()) await add(await pools.more(groups));
      };
      const groups = kind === 'category' && !isFull() ? groupsOf(sources) : [];
      if (groups.length > 0) await addFrom(groups);
      await addFrom(null);
      if (request.distinct) for (const id of mine) taken.add(id);
      added.push(mine);
    }
    const asked = { ...query, locale, status: 'published' as const };
    const documents = await access.read([...new Set(added.flat())], asked);
    return lists.map(({ page }, at) => {
      const there = added[at].filter((id) => documents.has(id));
      return {
        documents: [...page.documents, ...there.map((id) => documents.get(id) as Document)],
        related: [...page.related, ...there.map((documentId) => fallbackEntry(type, documentId))],
        total: page.total + there.length,
      };
    });
  }

  /**
   * Returns a function that gives the entries of the first configured relation that group some of the sources, as far
   * as the caller may see them.
   */
  private async groups(
    type: RelatedType,
    sources: readonly Source[],
    { kind, visibility, access, isGuarded }: FallbackRequest,
  ): Promise<(sources: readonly Source[]) => string[]> {
    const relation = groupingOf(type);
    if (kind !== 'category' || !relation || !visibility.visibleRelations.has(relation)) {
      return () => [];
    }
    const { reader } = this.options;
    const entities = new Map<Source, Entity | null | undefined>();
    const saved = sources.filter(({ status, entity }) => status === 'published' && !entity);
    const ids = [...new Set(saved.map(({ documentId }) => documentId))];
    const locale = sources[0]?.locale ?? null;
    if (ids.length > 0) {
      const published = isGuarded
        ? await givenRelations({ type, access }, ids, new Set([relation]), locale)
        : entitiesIn(type, locale, await reader.published(type, ids));
      for (const source of saved) entities.set(source, published.get(source.documentId));
    }
    for (const source of sources) {
      const { entity, status, documentId } = source;
      if (entity) entities.set(source, entity);
      else if (status === 'draft') entities.set(source, await reader.draft(type, documentId, source.locale)); // prettier-ignore
    }
    return (some) => {
      const found = some.flatMap((source) => entriesOf(entities.get(source)?.[relation]));
      return [...new Set(found.map(({ documentId }) => documentId))].sort();
    };
  }
}

const sourcesOf = ({ source, sources }: FilledList): readonly Source[] => sources ?? [source];

function entitiesIn(
  { localized }: RelatedType,
  locale: string | null,
  entities: readonly Entity[],
): Map<string, Entity> {
  const own = entities.filter((one) => !localized || one.locale === locale);
  return new Map(own.map((one) => [one.documentId, one]));
}

const fallbackEntry = ({ uid }: RelatedType, documentId: string) => {
  return { uid, documentId, origin: 'fallback' as const, score: 0, fusedScore: 0 };
};
