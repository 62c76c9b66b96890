import { z } from 'zod';

import { CUTOFF, evaluate, type Evaluation } from '../evaluation/metrics';
import { indexArticles } from './corpus';
import { CliError } from './errors';
import { readLines } from './json-lines';
import { createProgress } from './progress';

export interface EvaluateOptions {
  articles: string;
  related: string;
  json?: boolean;
}

const judgementSchema = z.object({
  slug: z.string({ error: 'a slug would be right' }).min(1),
  related: z.array(z.string().min(1), { error: 'a list of slugs would be right' }).min(1),
});

/** Scores the ranking of an articles file against what humans judged related, and prints the means. */
export async function evaluateFile(options: EvaluateOptions): Promise<void> {
  const judgements = await readJudgements(options.related);
  const { articles, related } = await indexArticles(options.articles);
  const bySlug = new Map(articles.map((article) => [article.slug, article]));
  warnOfUnknown(judgements, bySlug);

  const progress = createProgress('Evaluating', judgements.size);
  const evaluation = evaluate(judgements, (slug) => {
    progress.step();
    const article = bySlug.get(slug);
    return article ? related(article, CUTOFF).map(({ id }) => id) : [];
  });
  progress.stop();
  process.stdout.write(options.json ? `${JSON.stringify(evaluation)}\n` : table(evaluation));
}

async function readJudgements(file: string): Promise<Map<string, Set<string>>> {
  const judgements = new Map<string, Set<string>>();
  const bad: string[] = [];
  for await (const line of readLines(file, judgementSchema)) {
    if ('reason' in line) bad.push(`line ${line.number}: ${line.reason}`);
    else judgements.set(line.value.slug, new Set(line.value.related));
  }
  if (bad.length > 0) throw new CliError(`${file} is not right:\n${bad.join('\n')}`);
  if (judgements.size === 0) throw new CliError(`${file} holds no judgements.`);
  return judgements;
}

function warnOfUnknown(
  judgements: ReadonlyMap<string, ReadonlySet<string>>,
  articles: ReadonlyMap<string, unknown>,
): void {
  const unknown = new Set<string>();
  for (const [slug, related] of judgements) {
    for (const name of [slug, ...related]) if (!articles.has(name)) unknown.add(name);
  }
  if (unknown.size === 0) return;
  process.stderr.write(
    `warning: ${unknown.size} judged slugs are not among the articles and count as not found, "${[...unknown][0]}" for one\n`,
  );
}

function table({ judged, ndcg, recall, mrr, precision, coverage }: Evaluation): string {
  const rows: [string, number][] = [
    [`nDCG@${CUTOFF}`, ndcg],
    [`recall@${CUTOFF}`, recall],
    [`MRR@${CUTOFF}`, mrr],
    [`precision@${CUTOFF}`, precision],
    ['coverage', coverage],
  ];
  const lines = rows.map(([label, value]) => `${label.padEnd(14)}${value.toFixed(4)}`);
  return `${judged} judged articles\n${lines.join('\n')}\n`;
}
