import type { Core, UID } from '@strapi/strapi';

import { isPrivate } from '../config/private-attributes';
import type { RelatedType } from '../config/resolve';
import { entriesOf, timeOf } from '../content/entity';
import { rowsIn, rowsOf } from '../content/rows';
import { DAY_MS } from '../engine/signals/date';
import { givenRelations } from './given-entries';
import type { PageRequest } from './suggestions';

/** How many of the newest entries are searched for ones that the caller may have. */
const LOOKED_AT = 200;
/** How many more than are shown are looked up at first: some may be hidden, left out or in the list already. */
const SPARE = 10;

interface PoolsRequest extends Pick<PageRequest, 'query' | 'access' | 'isGuarded' | 'limit'> {
  maxAge?: number;
  /** @throws when the request has taken too long to go on. */
  checkTime(): Promise<void>;
}

/** The newest entries that the caller may have, newest first: all of them, or those of some groups. */
export class FallbackPools {
  private readonly pools = new Map<string, string[]>();
  /** What of each pool has not been looked up yet. */
  private readonly left = new Map<string, string[]>();

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly place: { type: RelatedType; locale: string | null },
    private readonly request: PoolsRequest,
  ) {}

  /** @param groups documentIds of related entries; `null` for all. */
  async get(groups: readonly string[] | null): Promise<string[]> {
    const key = JSON.stringify(groups);
    if (!this.pools.has(key)) await this.read([groups]);
    return this.pools.get(key) ?? [];
  }

  /** Looks up the rest, and returns the whole pool; nothing once all was looked up. */
  async more(groups: readonly string[] | null): Promise<string[]> {
    const key = JSON.stringify(groups);
    const ids = this.left.get(key) ?? [];
    if (ids.length === 0) return [];
    this.left.delete(key);
    await this.lookUp([{ groups, ids }]);
    return this.pools.get(key) ?? [];
  }

  /**
   * Reads several pools together: the project's code may run for each look-up.
   *
   * @returns The entries that are in any of them.
   */
  async read(all: readonly (readonly string[] | null)[]): Promise<string[]> {
    const { checkTime } = this.request;
    const newest = new Map<string, { groups: readonly string[] | null; ids: string[] }>();
    for (const groups of all) {
      const key = JSON.stringify(groups);
      if (newest.has(key)) continue;
      await checkTime();
      newest.set(key, { groups, ids: await this.newest(groups) });
    }
    const first = this.request.limit + SPARE;
    const begun = [...newest].map(([key, { groups, ids }]) => {
      this.left.set(key, ids.slice(first));
      return { groups, ids: ids.slice(0, first) };
    });
    return this.lookUp(begun);
  }

  /** Adds those of the entries that the caller may have to their pools. */
  private async lookUp(
    pools: readonly { groups: readonly string[] | null; ids: string[] }[],
  ): Promise<string[]> {
    const ids = await this.had([...new Set(pools.flatMap((pool) => pool.ids))]);
    const grouped = pools.filter(({ groups }) => groups !== null).flatMap((pool) => pool.ids);
    const isGiven = await this.givenIn([...new Set(grouped)].filter((id) => ids.has(id)));
    for (const { groups, ids: looked } of pools) {
      const key = JSON.stringify(groups);
      const own = looked.filter((id) => ids.has(id) && isGiven(id, groups));
      this.pools.set(key, [...(this.pools.get(key) ?? []), ...own]);
    }
    return [...ids];
  }

  /** The entries that the caller may have. */
  private async had(ids: readonly string[]): Promise<Set<string>> {
    const { access, query, checkTime } = this.request;
    const asked = { ...query, locale: this.place.locale, status: 'published' as const };
    const found = new Set<string>();
    for (let at = 0; at < ids.length; at += access.pageSize) {
      await checkTime();
      const part = ids.slice(at, at + access.pageSize);
      const { has } = await access.find(part, asked);
      for (const id of part) if (has(id)) found.add(id);
    }
    return found;
  }

  /** Returns whether an entry belongs to one of the groups, as far as the caller gets to see that. */
  private async givenIn(
    ids: readonly string[],
  ): Promise<(documentId: string, groups: readonly string[] | null) => boolean> {
    const { type, locale } = this.place;
    const { access, isGuarded, checkTime } = this.request;
    const relation = groupingOf(type);
    if (!relation || !isGuarded) return () => true;
    const groupsOf = new Map<string, string[]>();
    for (let at = 0; at < ids.length; at += access.pageSize) {
      await checkTime();
      const part = ids.slice(at, at + access.pageSize);
      const given = await givenRelations({ type, access }, part, new Set([relation]), locale);
      for (const [id, entity] of given) {
        groupsOf.set(id, entriesOf(entity[relation]).map(({ documentId }) => documentId)); // prettier-ignore
      }
    }
    return (id, groups) => !groups || (groupsOf.get(id) ?? []).some((own) => groups.includes(own));
  }

  private async newest(groups: readonly string[] | null): Promise<string[]> {
    const { type } = this.place;
    const since = await this.since();
    const order = orderOf(this.strapi, type);
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
    const rows = await rowsOf<{ documentId: string }>(this.strapi, type.uid).findMany({
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
  private async since(): Promise<Date | string | null> {
    const { maxAge } = this.request;
    const { type, locale } = this.place;
    if (maxAge === undefined || type.date === null) return null;
    const [latest] = await rowsOf<Record<string, unknown>>(this.strapi, type.uid).findMany({
      select: [type.date],
      where: { ...rowsIn(type, 'published', locale), [type.date]: { $notNull: true } },
      orderBy: { [type.date]: 'desc' },
      limit: 1,
    });
    const time = latest && timeOf(latest[type.date]);
    if (!time) return null;
    const oldest = new Date(time - maxAge * DAY_MS);
    // Strapi would write a day in local time.
    const { attributes } = this.strapi.getModel(type.uid as UID.ContentType);
    const isDay = (attributes as Record<string, { type: string }>)[type.date].type === 'date';
    return isDay ? oldest.toISOString().slice(0, 10) : oldest;
  }
}

/** The attribute that entries without a date are sorted by. */
const orderOf = (strapi: Core.Strapi, { uid }: RelatedType): string =>
  isPrivate(strapi.getModel(uid as UID.ContentType), 'createdAt') ? 'id' : 'createdAt';

/** The first configured relation, which groups entries; `null` if there is none. */
export function groupingOf({ relations }: RelatedType): string | null {
  return relations.find(({ polymorphic }) => !polymorphic)?.attribute ?? null;
}
