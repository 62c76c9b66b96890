import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Engine, RankingOptions } from '../engine/engine';
import { appOf } from '../app';
import { allRowsOf, rowsIn } from '../content/rows';
import { pinnedOf } from '../services/judgements';
import { bootStrapi, endStrapi } from './boot';
import { CliError } from './errors';
import { typeOf } from './import';
import { warnOfUnknown, type Judgements } from './judgements';
import { missingLocale } from './locales';
import { settled } from './settled';

export interface ProjectOptions {
  /** Default: the first configured type. */
  type?: string;
  /** Default: the project's own. */
  locale?: string;
}

/** The published entries of one type in one locale, indexed. */
export interface Project {
  strapi: Core.Strapi;
  type: RelatedType;
  locale: string | null;
  engine: Engine;
  /** What the lists are ranked with. */
  ranking: RankingOptions;
}

/** Does work with the project in the current folder. */
export async function inProject<T>(
  { type: uid, locale: wanted }: ProjectOptions,
  work: (project: Project) => Promise<T>,
): Promise<T> {
  const strapi = await bootStrapi();
  try {
    const app = appOf(strapi);
    const type = typeOf(app.types, uid);
    if (wanted !== undefined && !type.localized)
      throw new CliError(`--locale: ${type.uid} has no locales`);
    await settled(app);
    const locale = type.localized ? await localeIn(strapi, wanted) : null;
    const { ranking } = app.options.of(type.uid);
    return await work({ strapi, type, locale, engine: app.engine, ranking });
  } finally {
    await endStrapi(strapi);
  }
}

/** @throws CliError if the project does not have the locale. */
async function localeIn(strapi: Core.Strapi, wanted: string | undefined): Promise<string> {
  if (wanted === undefined) return strapi.plugin('i18n').service('locales').getDefaultLocale();
  const reason = await missingLocale(strapi, wanted);
  if (reason) throw new CliError(`--locale: ${reason}`);
  return wanted;
}

/** Converts judgements by slug to judgements by documentId; slugs that no published entry has stay as they are. */
export async function bySlug(
  { strapi, type, locale }: Project,
  judgements: Judgements,
): Promise<Judgements> {
  const slug = type.slug ?? 'documentId';
  const rows = await allRowsOf<Record<string, string>>(strapi, type.uid, {
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
 * Returns what editors pinned, or picked in the configured relation, as judgements.
 *
 * @throws CliError when nothing is pinned or picked.
 */
export async function pinned(project: Project): Promise<Judgements> {
  const judgements = await pinnedOf(project);
  if (judgements.size > 0) return judgements;
  const { type, locale } = project;
  throw new CliError(
    `--from curation: no published entry is pinned in ${type.uid}${locale === null ? '' : ` in the locale "${locale}"`}. Editors pin entries in the panel next to an entry.`,
  );
}

/**
 * Checks where judgements come from: a file or what editors pinned.
 *
 * @throws CliError unless exactly one of them is named, without an option that belongs to the other one.
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
      '--from curation takes its judgements from the pins of the project; leave out --related and --articles',
    );
  }
  if (from === undefined && related === undefined) {
    throw new CliError('Expected --related <path> or --from curation');
  }
}
