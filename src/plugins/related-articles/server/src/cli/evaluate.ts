import { CUTOFF, evaluate, type Evaluation } from '../evaluation/metrics';
import { indexArticles } from './corpus';
import { readJudgements, warnOfUnknown } from './judgements';
import { createProgress } from './progress';

export interface EvaluateOptions {
  articles: string;
  related: string;
  json?: boolean;
  /** A file of weights, or false for the defaults. Default: what is applied in the current folder. */
  weights?: string | false;
}

/** Scores the ranking of an articles file against what humans judged related, and prints the means. */
export async function evaluateFile(options: EvaluateOptions): Promise<void> {
  const judgements = await readJudgements(options.related);
  const { articles, related } = await indexArticles(options.articles, options.weights);
  const bySlug = new Map(articles.map((article) => [article.slug, article]));
  warnOfUnknown(judgements, (slug) => bySlug.has(slug));

  const progress = createProgress('Evaluating', judgements.size);
  const evaluation = evaluate(judgements, (slug) => {
    progress.step();
    const article = bySlug.get(slug);
    return article ? related(article, CUTOFF).map(({ id }) => id) : [];
  });
  progress.stop();
  process.stdout.write(options.json ? `${JSON.stringify(evaluation)}\n` : table(evaluation));
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
