import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { once } from 'node:events';

import { indexArticles } from './corpus';
import { CliError } from './errors';
import { createProgress } from './progress';

export interface RankOptions {
  articles: string;
  out: string;
  limit: number;
  /** A file of weights, or false for the defaults. Default: what is applied in the current folder. */
  weights?: string | false;
}

/** Writes the suggestions for every article of a file. The output appears whole or not at all. */
export async function rankFile({
  articles: file,
  out,
  limit,
  weights,
}: RankOptions): Promise<void> {
  const { articles, related } = await indexArticles(file, weights);
  const unfinished = `${out}.${process.pid}.part`;
  const stream = createWriteStream(unfinished);
  await once(stream, 'open').catch((error: Error) => {
    throw new CliError(`--out: "${out}" cannot be written: ${error.message}`);
  });

  const progress = createProgress('Ranking', articles.length);
  try {
    for (const article of articles) {
      const suggestions = await related(article, limit);
      const line = {
        slug: article.slug,
        related: suggestions.map(({ documentId }) => documentId),
        scores: suggestions.map(({ score }) => score),
      };
      if (!stream.write(`${JSON.stringify(line)}\n`)) await once(stream, 'drain');
      progress.step();
    }
    stream.end();
    await once(stream, 'finish');
    await rename(unfinished, out);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new CliError(`--out: "${out}" cannot be written: ${(error as Error).message}`);
  } finally {
    progress.stop();
  }
  process.stdout.write(`${articles.length} articles ranked, written to ${out}\n`);
}
