import type { Core } from '@strapi/strapi';

import type { Fallback } from '../config/options';
import type { RelatedType } from '../config/resolve';
import { entriesOf, timeOf, type Entity } from '../content/entity';
import type { RowReader } from '../content/row-reader';
import { rowsIn, rowsOf } from '../content/rows';
import { sourceOf } from '../curations/curation';
import type { CurationCache } from '../curations/curation-cache';
import { refKey, type DocumentRef } from '../engine/engine';
import type { Document } from '../permissions/documents';
import type { Page, PageRequest, Source } from './suggestions';

/** How many of the newest are looked through for what the caller may have. */
const LOOKED_AT = 200;
const DAY_MS = 86_400_000;

export interface FallbackRequest extends Pick<
  PageRequest,
  'query' | 'start' | 'limit' | 'access' | 'visibility'
> {
  // prettier-ignore
  kind: Fallback;
  exclude: readonly DocumentRef[];
  maxAge?: number;
  distinct?: boolean;
}

interface FallbackOptions {
  strapi: Core.Strapi;
  reader: RowReader;
  curations: CurationCache;
}

/** Fills short lists with the newest entries, which the caller may have and no editor has excluded. */
export class FallbackEntries {
  constructor(private readonly options: FallbackOptions) {}

  /** Fills the first page of each list, all of one type and locale. */
  async fill(
    type: RelatedType,
    lists: readonly { source: Source; page: Page }[],
    request: FallbackRequest,
  ): Promise<Page[]> {
    const { kind, start, limit } = request;
    const isShort = ({ page }: { page: Page }) => page.related.length < limit;
    if (kind === 'none' || start > 0 || !lists.some(isShort)) return lists.map(({ page }) => page);
    const [{ source: first }] = lists;
    const pools = new Pools(this.options, { type, locale: first.locale }, request);
    const hidden = await this.options.curations.hiddenIn(sourceOf(type.uid, '', first.locale));
    const taken = new Set<string>();
    const pages: Page[] = [];
    for (const { source, page } of lists) {
      const own = sourceOf(type.uid, source.documentId, source.locale);
      const { exclusions } = await this.options.curations.of(own);
      const out = new Set([...request.exclude, ...hidden, ...exclusions].map(refKey));
      const isFree = (id: string) =>
        id !== source.documentId && !taken.has(id) && !out.has(refKey({ uid: type.uid, documentId: id })); // prettier-ignore
      const added: Document[] = [];
      const has = new Set(page.related.map(({ documentId }) => documentId));
      const addFrom = async (pool: () => Promise<Document[]>) => {
        if (page.related.length + added.length >= limit) return;
        for (const document of await pool()) {
          const { documentId } = document;
          if (page.related.length + added.length >= limit) return;
          if (has.has(documentId) || !isFree(documentId)) continue;
          has.add(documentId);
          added.push(document);
        }
      };
      if (kind === 'category') {
        const groups = await this.groupsOf(type, source, request);
        if (groups.length > 0) await addFrom(() => pools.get(groups));
      }
      await addFrom(() => pools.get(null));
      if (request.distinct) for (const id of has) taken.add(id);
      pages.push({
        documents: [...page.documents, ...added],
        related: [
          ...page.related,
          ...added.map(({ documentId }) => ({ uid: type.uid, documentId, origin: 'fallback' as const, score: 0, fusedScore: 0 })), // prettier-ignore
        ],
        total: page.total + added.length,
      });
    }
    return pages;
  }

  /** The entries by which the first relation of the configuration groups the source, as far as the caller may see it. */
  private async groupsOf(
    type: RelatedType,
    source: Source,
    { visibility }: FallbackRequest,
  ): Promise<string[]> {
    const relation = groupingOf(type);
    if (!relation || !visibility.visibleRelations.has(relation) || !source.documentId) return [];
    const { reader } = this.options;
    const { documentId, locale, status } = source;
    const find = async (): Promise<Entity | null | undefined> => {
      if (status === 'draft') return reader.draft(type, documentId, locale);
      const entities = await reader.published(type, [documentId]);
      return entities.find((one) => !type.localized || one.locale === locale);
    };
    const entity = source.entity ?? (await find());
    return entriesOf(entity?.[relation]).map((entry) => entry.documentId).sort(); // prettier-ignore
  }
}

function groupingOf({ relations }: RelatedType): string | null {
  return relations.find(({ polymorphic }) => !polymorphic)?.attribute ?? null;
}

/** The newest entries of one request, newest first: all of them, or those of some groups. Each is read once. */
class Pools {
  private readonly pools = new Map<string, Promise<Document[]>>();

  constructor(
    private readonly options: FallbackOptions,
    private readonly place: { type: RelatedType; locale: string | null },
    private readonly request: FallbackRequest,
  ) {}

  /** @param groups documentIds of related entries; `null` for all. */
  get(groups: readonly string[] | null): Promise<Document[]> {
    const key = JSON.stringify(groups);
    const pool = this.pools.get(key) ?? this.read(groups);
    this.pools.set(key, pool);
    return pool;
  }

  private async read(groups: readonly string[] | null): Promise<Document[]> {
    const { access, query } = this.request;
    const ids = await this.newest(groups);
    const asked = { ...query, locale: this.place.locale, status: 'published' as const };
    const { has } = await access.find(ids, asked);
    const visible = ids.filter(has).slice(0, LOOKED_AT / 2);
    const documents = await access.read(visible, asked);
    return visible.map((id) => documents.get(id)).filter((document) => document !== undefined);
  }

  private async newest(groups: readonly string[] | null): Promise<string[]> {
    const { type, locale } = this.place;
    const { strapi } = this.options;
    const order = type.date ?? 'createdAt';
    const relation = groups && groupingOf(type);
    const since = await this.since();
    const rows = await rowsOf<{ documentId: string }>(strapi, type.uid).findMany({
      select: ['documentId'],
      where: {
        $and: [
          rowsIn(type, 'published', locale),
          { [order]: { $notNull: true } },
          ...(relation ? [{ [relation]: { documentId: { $in: [...groups] } } }] : []),
          ...(since ? [{ [order]: { $gte: since } }] : []),
        ],
      },
      orderBy: [{ [order]: 'desc' }, { documentId: 'asc' }] as never,
      limit: LOOKED_AT,
    });
    return [...new Set(rows.map(({ documentId }) => documentId))];
  }

  /** The oldest date that counts; `null` where every age does. */
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
