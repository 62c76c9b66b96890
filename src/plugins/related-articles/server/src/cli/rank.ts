import { createWriteStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

import { indexArticles } from './corpus';
import { CliError } from './errors';
import { counted } from '../config/counted';
import { outputFile } from '../config/output-file';
import { createProgress } from './progress';

export interface RankOptions {
  articles: string;
  out: string;
  limit: number;
  /** A file of weights, or false for the defaults. Default: the weights applied in the current folder. */
  weights?: string | false;
}

/** Writes the suggestions for every article of a file. The output appears whole or not at all. */
export async function rankFile({
  articles: file,
  out,
  limit,
  weights,
}: RankOptions): Promise<void> {
  const placeOf = (name: string) => realpath(name).catch(() => null);
  const place = await placeOf(out);
  if (place !== null && place === (await placeOf(file))) {
    throw new CliError(`--out: "${out}" is the file of articles, which would be overwritten.`);
  }
  const { articles, related } = await indexArticles(file, weights);
  const output = await outputFile(out);
  const progress = createProgress('Ranking', articles.length);
  async function* lines(): AsyncGenerator<string> {
    for (const article of articles) {
      const suggestions = await related(article, limit);
      const line = {
        slug: article.slug,
        related: suggestions.map(({ documentId }) => documentId),
        scores: suggestions.map(({ score }) => score),
      };
      yield `${JSON.stringify(line)}\n`;
      progress.step();
    }
  }
  try {
    await pipeline(lines(), createWriteStream(output.path));
    await output.keep();
  } catch (error) {
    await output.drop().catch(() => undefined);
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new CliError(`--out: "${out}" cannot be written: ${(error as Error).message}`);
  } finally {
    progress.stop();
  }
  process.stdout.write(`${counted(articles.length, 'article')} ranked, written to ${out}\n`);
}
