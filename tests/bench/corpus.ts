import { readArticles, toEntity, articleType, type ArticleLine } from 'plugin/cli/articles-file';
import type { Collection, EngineDocument, RankingOptions } from 'plugin/engine/types';
import { EmbeddedEngine } from 'plugin/engines/embedded';
import { toEngineDocument } from 'plugin/sync/mapper';

export const TYPE = articleType();
export const COLLECTION: Collection = { type: TYPE.uid, locale: 'en' };

export async function readCorpus(articles: string): Promise<ArticleLine[]> {
  return (await readArticles(articles)).filter(({ locale }) => (locale ?? 'en') === 'en');
}

export function toDocument(article: ArticleLine): EngineDocument {
  return toEngineDocument(TYPE, toEntity(article));
}

export function engineOf(
  documents: Iterable<EngineDocument>,
  ranking: Partial<RankingOptions> = {},
): EmbeddedEngine {
  const options = { ...TYPE.ranking, ...ranking };
  const engine = new EmbeddedEngine(() => options);
  for (const document of documents) engine.upsertAtOnce(COLLECTION, document);
  return engine;
}
