import type { Core, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { asError } from './as-error';
import { answered } from './within-time';

/** How many rows are read at once by their ids. */
const AT_ONCE = 1000;

/** A query of Strapi's database layer. Its own types only know the attributes of generated types. */
export interface RowQuery {
  select?: readonly string[];
  where?: Readonly<Record<string, unknown>>;
  orderBy?: Readonly<Record<string, 'asc' | 'desc'>>;
  populate?: object;
  offset?: number;
  limit?: number;
}

export interface Rows<Row> {
  findMany(query: RowQuery): Promise<Row[]>;
  findOne(query: RowQuery): Promise<Row | null>;
  count(query?: Pick<RowQuery, 'where'>): Promise<number>;
}

/**
 * Reads the rows of a content type: drafts and published versions, in all locales, for nobody in particular. Lifecycle
 * hooks of the project may depend on the current request; the index must not.
 */
export function rowsOf<Row>(strapi: Core.Strapi, uid: string): Rows<Row> {
  const rows = rowsAsAsked<Row>(strapi, uid);
  const outside = <T>(work: () => Promise<T>) =>
    answered(outsideRequest(strapi, work)).catch((thrown: unknown): never => {
      throw asError(thrown);
    });
  return {
    findMany: (query) => outside(() => rows.findMany(query)),
    findOne: (query) => outside(() => rows.findOne(query)),
    count: (query) => outside(() => rows.count(query)),
  };
}

/** Reads the rows as hooks of the project return them for the current request. */
export function rowsAsAsked<Row>(strapi: Core.Strapi, uid: string): Rows<Row> {
  return strapi.db.query(uid as UID.ContentType) as unknown as Rows<Row>;
}

/** As far as it is used here: Strapi's own type knows only the attributes of generated types. */
interface RowBuilder {
  init(query: RowQuery): { execute<Found>(): Promise<Found> };
}

/** Reads rows as they are in the database: no hook of the project hides or changes any. */
export function rowsWithoutHooks<Row>(
  strapi: Core.Strapi,
  uid: string,
  query: RowQuery,
): Promise<Row[]> {
  const builder = strapi.db.queryBuilder(uid) as unknown as RowBuilder;
  return answered(builder.init(query).execute<Row[]>());
}

/** The ids of rows, by id, whatever hooks of the project hide. */
export async function idsWithoutHooks(
  strapi: Core.Strapi,
  uid: string,
  where: Record<string, unknown>,
  limit?: number,
): Promise<number[]> {
  const rows = await rowsWithoutHooks<{ id: number }>(strapi, uid, {
    select: ['id'],
    where,
    orderBy: { id: 'asc' },
    ...(limit !== undefined && { limit }),
  });
  return rows.map(({ id }) => id);
}

/** Reads rows, by their keys. Asks again for those that are missing until none comes: hooks may read fewer. */
export async function readByKey<Key, Row>(
  keys: readonly Key[],
  keyOf: (row: Row) => Key,
  read: (left: readonly Key[]) => Promise<Row[]>,
): Promise<Map<Key, Row>> {
  const found = new Map<Key, Row>();
  let left = new Set(keys);
  while (left.size > 0) {
    const rows = (await read([...left])).filter((row) => left.has(keyOf(row)));
    if (rows.length === 0) break;
    for (const row of rows) found.set(keyOf(row), row);
    left = new Set(keys.filter((key) => !found.has(key)));
  }
  return found;
}

/** Reads rows, by id, in whichever order and however few hooks read them. */
export async function readAll<Row extends { id: number }>(
  ids: readonly number[],
  read: (where: Record<string, unknown>) => Promise<Row[]>,
): Promise<Row[]> {
  const among = (left: readonly number[]) => read({ id: { $in: [...left] } });
  const found = await readByKey(ids, ({ id }: Row) => id, among);
  return [...found.values()].sort((a, b) => a.id - b.id);
}

/** Reads the rows that hooks leave, however few they read at a time. */
export async function allRowsOf<Row>(
  strapi: Core.Strapi,
  uid: string,
  { where = {}, select }: { where?: Record<string, unknown>; select: readonly string[] },
): Promise<(Row & { id: number })[]> {
  const rows = rowsOf<Row & { id: number }>(strapi, uid);
  const read = (among: Record<string, unknown>) =>
    rows.findMany({ select: ['id', ...select], where: { ...where, ...among } });
  const found: (Row & { id: number })[] = [];
  const asked = new Set<number>();
  for (;;) {
    const ids = (await idsWithoutHooks(strapi, uid, where)).filter((id) => !asked.has(id));
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      found.push(...(await readAll(ids.slice(start, start + AT_ONCE), read)));
    }
    for (const id of ids) asked.add(id);
    // Each publication makes a new row: others may have taken the places of those that were not found.
    if (ids.length === 0 || found.length === asked.size) return found;
  }
}

/** Strapi's types only allow work without a result. */
interface RequestContext {
  run<T>(store: undefined, work: () => T): T;
}

function outsideRequest<T>(strapi: Core.Strapi, work: () => Promise<T>): Promise<T> {
  return (strapi.requestContext as unknown as RequestContext).run(undefined, work);
}

/**
 * Returns conditions for a type's rows of one status in one locale. Types without drafts have published rows only;
 * types without locales ignore the locale.
 *
 * @param locale Default: all locales.
 */
export function rowsIn(
  { draftAndPublish, localized }: Pick<RelatedType, 'draftAndPublish' | 'localized'>,
  status: 'draft' | 'published',
  locale?: string | null,
): Record<string, unknown> {
  return {
    ...(localized && locale !== undefined && { locale }),
    ...(draftAndPublish && {
      publishedAt: status === 'draft' ? { $null: true } : { $notNull: true },
    }),
  };
}

/** The columns of `morphToOne` relations: Strapi finds nothing through them unless they are selected. */
export function morphColumns(strapi: Core.Strapi, type: RelatedType): string[] {
  const { attributes } = strapi.db.metadata.get(type.uid);
  return type.relations.flatMap(({ attribute }) => {
    const { morphColumn } = attributes[attribute] as {
      morphColumn?: { idColumn: { name: string }; typeColumn: { name: string } };
    };
    return morphColumn ? [morphColumn.idColumn.name, morphColumn.typeColumn.name] : [];
  });
}
