import type { Core, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Engine } from '../engine/engine';
import { appOf } from '../app';
import { CURATION, documentIdsOf, toCuration } from '../curations/curation';
import { entriesOf, type Entity } from '../content/entity';
import { rowsIn, rowsOf } from '../content/rows';
import { bootStrapi, endStrapi } from './boot';
import { CliError } from './errors';
import { typeOf } from './import';
import { warnOfUnknown, type Judgements } from './judgements';

const PAGE = 500;

export interface ProjectOptions {
  /** Default: the first configured type. */
  type?: string;
  /** Default: the project's own. */
  locale?: string;
}

/** What is published of one type in one locale, indexed. */
export interface Project {
  strapi: Core.Strapi;
  type: RelatedType;
  locale: string | null;
  engine: Engine;
}

/** Runs something with the project of the current folder. */
export async function inProject<T>(
  { type: uid, locale: wanted }: ProjectOptions,
  work: (project: Project) => Promise<T>,
): Promise<T> {
  const strapi = await bootStrapi();
  try {
    const app = appOf(strapi);
    const type = typeOf(app.types, uid);
    await app.index.idle();
    const locale = type.localized
      ? (wanted ?? (await strapi.plugin('i18n').service('locales').getDefaultLocale()))
      : null;
    return await work({ strapi, type, locale, engine: app.engine });
  } finally {
    await endStrapi(strapi);
  }
}

/** Judgements by slug as judgements by documentId; slugs that nothing published has stay as they are. */
export async function bySlug(
  { strapi, type, locale }: Project,
  judgements: Judgements,
): Promise<Judgements> {
  const slug = type.slug ?? 'documentId';
  const rows = await rowsOf<Record<string, string>>(strapi, type.uid).findMany({
    select: [...new Set(['documentId', slug])],
    where: rowsIn(type, 'published', locale),
  });
  const idOf = new Map(rows.map((row) => [row[slug], row.documentId]));
  warnOfUnknown(judgements, (name) => idOf.has(name));
  const resolve = (name: string) => idOf.get(name) ?? name;
  return new Map(
    [...judgements].map(([name, related]) => [resolve(name), new Set([...related].map(resolve))]),
  );
}

/**
 * What editors pinned, or picked in the configured relation, of what is published, as judgements by documentId: that
 * says that a human thinks it related.
 *
 * @throws CliError when nothing is pinned.
 */
export async function pinned({ strapi, type, locale, engine }: Project): Promise<Judgements> {
  const rows = await strapi.db
    .query(CURATION.uid)
    .findMany({ where: { sourceType: type.uid, sourceLocale: locale ?? '' } });
  // Nothing finds what is not published.
  const published = new Set(await engine.documentIds({ type: type.uid, locale }));
  const judgements: Judgements = new Map();
  const add = (sourceId: string, chosen: readonly string[]) => {
    const known = chosen.filter((id) => published.has(id) && id !== sourceId);
    if (!published.has(sourceId) || known.length === 0) return;
    judgements.set(sourceId, new Set([...(judgements.get(sourceId) ?? []), ...known]));
  };
  for (const { sourceId, pins } of rows.map(toCuration)) add(sourceId, documentIdsOf(pins));
  for (const [sourceId, picks] of await picksOf(strapi, type, locale)) add(sourceId, picks);
  if (judgements.size > 0) return judgements;
  throw new CliError(
    `--from curation: nothing that is published is pinned in ${type.uid}${locale === null ? '' : ` in the locale "${locale}"`}. Pins are made in the panel beside an entry.`,
  );
}

/** What editors picked in the configured relation, of everything that is published. */
async function picksOf(
  strapi: Core.Strapi,
  { picked, ...type }: RelatedType,
  locale: string | null,
): Promise<[string, string[]][]> {
  if (!picked) return [];
  const { attribute } = picked;
  const found: [string, string[]][] = [];
  for (let offset = 0; ; offset += PAGE) {
    const rows = (await strapi.db.query(type.uid as UID.ContentType).findMany({
      select: ['documentId'],
      where: rowsIn(type, 'published', locale),
      populate: { [attribute]: { select: ['documentId'] } },
      orderBy: { id: 'asc' },
      offset,
      limit: PAGE,
    } as never)) as unknown as Entity[];
    for (const row of rows) {
      found.push([row.documentId, entriesOf(row[attribute]).map(({ documentId }) => documentId)]);
    }
    if (rows.length < PAGE) return found;
  }
}

/**
 * Where judgements come from: a file or what editors pinned.
 *
 * @throws CliError unless exactly one of them is named, and an option that goes with the other one is not.
 */
export function checkSource({
  from,
  related,
  articles,
}: {
  from?: string;
  related?: string;
  articles?: string;
}): void {
  if (from !== undefined && from !== 'curation') {
    throw new CliError(`--from: expected curation, got "${from}"`);
  }
  if (from !== undefined && (related ?? articles) !== undefined) {
    throw new CliError(
      '--from curation judges what is published in the project; leave out --related and --articles',
    );
  }
  if (from === undefined && related === undefined) {
    throw new CliError('Expected --related <path> or --from curation');
  }
}
