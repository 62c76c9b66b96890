import { readWeights, WEIGHTS_FILE } from '../config/weights-file';
import { ConfigurationError } from '../config/validate';
import { EmbeddedEngine } from '../engine/embedded/embedded-engine';
import type { Collection, RankingOptions, Suggestion } from '../engine/engine';
import { collectionOf, toEngineDocument } from '../content/mapper';
import { articleType, readArticles, toEntity, type ArticleLine } from './articles-file';
import { CliError } from './errors';
import { createProgress } from './progress';

/** The articles of a file, indexed with the default configuration; no Strapi and no database. */
export interface Corpus {
  articles: ArticleLine[];
  engine: EmbeddedEngine;
  ranking: RankingOptions;
  collectionOf(article: ArticleLine): Collection;
  related(article: ArticleLine, limit: number): Promise<readonly Suggestion[]>;
}

/** @param weights A file of weights, or false for the defaults. Default: the weights applied in the current folder. */
export async function indexArticles(file: string, weights?: string | false): Promise<Corpus> {
  const type = articleType();
  const ranking: RankingOptions = { ...type.ranking, parts: partsOf(type.uid, weights) };
  const engine = new EmbeddedEngine(() => ranking);
  const collection = (article: ArticleLine): Collection =>
    collectionOf(type, article.locale ?? 'en');

  const articles = await readArticles(file);
  const progress = createProgress('Indexing', articles.length);
  for (const article of articles) {
    const document = toEngineDocument(type, toEntity(article));
    const [rejected] = await engine.upsert(collection(article), [document]);
    if (rejected) throw rejected.error;
    progress.step();
  }
  progress.stop();
  return {
    articles,
    engine,
    ranking,
    collectionOf: collection,
    async related(article, limit) {
      const source = { documentId: article.slug };
      const [list] = await engine.related(collection(article), [source], { limit });
      return list ?? [];
    },
  };
}

function partsOf(uid: string, file: string | false | undefined): RankingOptions['parts'] {
  if (file === false) return undefined;
  try {
    const fitted = readWeights(process.cwd(), file)[uid];
    if (fitted) process.stderr.write(`Weights: ${file ?? WEIGHTS_FILE}\n`);
    return fitted?.parts;
  } catch (error) {
    throw error instanceof ConfigurationError ? new CliError(error.message) : error;
  }
}
