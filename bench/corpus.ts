import { readArticles, toEntity, articleType, type ArticleLine } from 'plugin/cli/articles-file';
import type { Collection, EngineDocument, RankingOptions } from 'plugin/engine/engine';
import { InMemoryIndex } from 'plugin/engine/embedded/in-memory-index';
import { toEngineDocument } from 'plugin/content/mapper';

export const TYPE = articleType();
export const COLLECTION: Collection = { type: TYPE.uid, locale: 'en' };

/** The English articles of a file. */
export async function readCorpus(articles: string): Promise<ArticleLine[]> {
  return (await readArticles(articles)).filter((article) => localeOf(article) === 'en');
}

/** Reads the articles of a file, by locale. */
export async function readLocales(articles: string): Promise<Map<string, ArticleLine[]>> {
  const byLocale = new Map<string, ArticleLine[]>();
  for (const article of await readArticles(articles)) {
    const locale = localeOf(article);
    byLocale.set(locale, [...(byLocale.get(locale) ?? []), article]);
  }
  return byLocale;
}

const localeOf = ({ locale }: ArticleLine): string => locale ?? 'en';

export const collectionIn = (locale: string): Collection => ({ type: TYPE.uid, locale });

export function toDocument(article: ArticleLine): EngineDocument {
  return toEngineDocument(TYPE, toEntity(article));
}

export function engineOf(
  documents: Iterable<EngineDocument>,
  ranking: Partial<RankingOptions> = {},
  collection: Collection = COLLECTION,
): InMemoryIndex {
  const options = { ...TYPE.ranking, ...ranking };
  const engine = new InMemoryIndex(() => options);
  for (const document of documents) engine.upsertAtOnce(collection, document);
  return engine;
}
