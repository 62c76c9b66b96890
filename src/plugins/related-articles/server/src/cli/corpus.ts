import type { EmbeddedEngine as Engine } from '../engines/embedded';
import { EmbeddedEngine } from '../engines/embedded';
import type { Collection, Suggestion } from '../engine/types';
import { collectionOf, toEngineDocument } from '../sync/mapper';
import { articleType, readArticles, toEntity, type ArticleLine } from './articles-file';
import { createProgress } from './progress';

/** The articles of a file, indexed with the default configuration; no Strapi and no database. */
export interface Corpus {
  articles: ArticleLine[];
  engine: Engine;
  related(article: ArticleLine, limit: number): Suggestion[];
}

export async function indexArticles(file: string): Promise<Corpus> {
  const type = articleType();
  const engine = new EmbeddedEngine(() => type.ranking);
  const collection = (article: ArticleLine): Collection =>
    collectionOf(type, article.locale ?? 'en');

  const articles = await readArticles(file);
  const progress = createProgress('Indexing', articles.length);
  for (const article of articles) {
    engine.upsert(collection(article), toEngineDocument(type, toEntity(article)));
    progress.step();
  }
  progress.stop();
  return {
    articles,
    engine,
    related: (article, limit) => engine.related(collection(article), article.slug, { limit }) ?? [],
  };
}
