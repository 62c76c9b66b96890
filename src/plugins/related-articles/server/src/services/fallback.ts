import type { Core, UID } from '@strapi/strapi';

import type { Fallback } from '../config/options';
import { isPrivate } from '../config/private-attributes';
import type { RelatedType } from '../config/resolve';
import { entriesOf, timeOf, type Entity } from '../content/entity';
import type { RowReader } from '../content/row-reader';
import { rowsIn, rowsOf } from '../content/rows';
import { sourceOf } from '../curations/curation';
import type { CurationCache } from '../curations/curation-cache';
import { refKey, type DocumentRef, type Rules } from '../engine/engine';
import { DAY_MS } from '../engine/signals/date';
import type { Document } from '../permissions/documents';
import type { SiteOptions } from '../settings/site-options';
import { FallbackRules } from './fallback-rules';
import { givenRelations } from './given-entries';
import type { InTurn } from './rank-many';
import type { Page, PageRequest, Source } from './suggestions';

/** How many of the newest entries are searched for ones that the caller may have. */
const LOOKED_AT = 200;

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
    const { kind, limit, access, query } = request;
    const [{ source: first }] = lists;
    const { locale } = first;
    const pools = new Pools(this.options, { type, locale }, request);
    const hidden = await this.options.curations.hiddenIn(sourceOf(type.uid, '', locale));
    const kept = lists.flatMap(({ page }) => page.related.map(({ documentId }) => documentId));
    const taken = new Set(request.distinct ? kept : []);
    const added: string[][] = [];
    const held = new FallbackRules({
      strapi: this.options.strapi,
      type,
      locale,
      rules: 'rules' in request ? request.rules : this.options.options.of(type.uid).ranking.rules,
      hidden: request.visibility.ignoredRelations,
      given: request.isGuarded ? request : null,
    });
    const short = lists.filter(({ page }) => page.related.length < limit).flatMap(sourcesOf);
    await held.know(short.filter(({ entity }) => !entity).map(({ documentId }) => documentId));
    const groupsOf = await this.groups(type, short, request);
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
      const addFrom = async (pool: () => Promise<string[]>) => {
        const isFull = () => list.page.related.length + mine.length >= limit;
        if (isFull()) return;
        const found = await pool();
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
      if (kind === 'category' && list.page.related.length < limit) {
        const groups = groupsOf(sources);
        if (groups.length > 0) await addFrom(() => pools.get(groups));
      }
      await addFrom(() => pools.get(null));
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

function groupingOf({ relations }: RelatedType): string | null {
  return relations.find(({ polymorphic }) => !polymorphic)?.attribute ?? null;
}

/** The newest entries that the caller may have, newest first: all of them, or those of some groups. */
class Pools {
  private readonly pools = new Map<string, Promise<string[]>>();

  constructor(
    private readonly options: FallbackOptions,
    private readonly place: { type: RelatedType; locale: string | null },
    private readonly request: FallbackRequest,
  ) {}

  /** @param groups documentIds of related entries; `null` for all. */
  get(groups: readonly string[] | null): Promise<string[]> {
    const key = JSON.stringify(groups);
    const pool = this.pools.get(key) ?? this.read(groups);
    this.pools.set(key, pool);
    return pool;
  }

  private async read(groups: readonly string[] | null): Promise<string[]> {
    const { access, query, checkTime } = this.request;
    await checkTime();
    const ids = await this.newest(groups);
    const asked = { ...query, locale: this.place.locale, status: 'published' as const };
    const { has } = await access.find(ids, asked);
    return this.givenIn(groups, ids.filter(has));
  }

  /** Returns the entries that belong to one of the groups, as far as the caller gets to see that. */
  private async givenIn(groups: readonly string[] | null, ids: string[]): Promise<string[]> {
    const { type, locale } = this.place;
    const { access, isGuarded } = this.request;
    const relation = groups && groupingOf(type);
    if (!relation || !isGuarded || ids.length === 0) return ids;
    const given = await givenRelations({ type, access }, ids, new Set([relation]), locale);
    return ids.filter((id) =>
      entriesOf(given.get(id)?.[relation]).some(({ documentId }) => groups.includes(documentId)),
    );
  }

  private async newest(groups: readonly string[] | null): Promise<string[]> {
    const { type } = this.place;
    const since = await this.since();
    const order = orderOf(this.options.strapi, type);
    const { date } = type;
    if (date === null) return this.page(groups, {}, order, LOOKED_AT);
    const undated = { [date]: { $null: true } };
    const dated = { [date]: { $notNull: true, ...(since && { $gte: since }) } };
    // The order must not reveal dates that readers do not get.
    if (type.datePrivate) return this.page(groups, { $or: [dated, undated] }, order, LOOKED_AT);
    const ids = await this.page(groups, dated, date, LOOKED_AT);
    // Entries without a date come last.
    const left = LOOKED_AT - ids.length;
    return left === 0 ? ids : [...ids, ...(await this.page(groups, undated, order, left))];
  }

  private async page(
    groups: readonly string[] | null,
    where: object,
    order: string,
    limit: number,
  ): Promise<string[]> {
    const { type, locale } = this.place;
    const relation = groups && groupingOf(type);
    const rows = await rowsOf<{ documentId: string }>(this.options.strapi, type.uid).findMany({
      select: ['documentId'],
      where: {
        $and: [
          rowsIn(type, 'published', locale),
          where,
          ...(relation ? [{ [relation]: { documentId: { $in: [...groups] } } }] : []),
        ],
      },
      orderBy: [{ [order]: 'desc' }, { documentId: 'asc' }] as never,
      limit,
    });
    return [...new Set(rows.map(({ documentId }) => documentId))];
  }

  /** Returns the oldest date that counts; `null` if any age does. */
  private async since(): Promise<Date | null> {
    const { maxAge } = this.request;
    const { type, locale } = this.place;
    if (maxAge === undefined || type.date === null) return null;
    const [latest] = await rowsOf<Record<string, unknown>>(this.options.strapi, type.uid).findMany({
      select: [type.date],
      where: { ...rowsIn(type, 'published', locale), [type.date]: { $notNull: true } },
      orderBy: { [type.date]: 'desc' },
      limit: 1,
    });
    const time = latest && timeOf(latest[type.date]);
    return time ? new Date(time - maxAge * DAY_MS) : null;
  }
}

/** The attribute that entries without a date are sorted by. */
const orderOf = (strapi: Core.Strapi, { uid }: RelatedType): string =>
  isPrivate(strapi.getModel(uid as UID.ContentType), 'createdAt') ? 'id' : 'createdAt';
