import { counted } from '../config/counted';
import { CUTOFF, evaluate, type Evaluation } from '../evaluation/metrics';
import type { Suggestion } from '../engine/engine';
import { indexArticles } from './corpus';
import { CliError } from './errors';
import { readJudgements, warnOfUnknown, type Judgements } from './judgements';
import { createProgress } from './progress';
import { bySlug, checkSource, inProject, pinned, type ProjectOptions } from './project';

export interface EvaluateOptions extends ProjectOptions {
  articles?: string;
  related?: string;
  from?: string;
  json?: boolean;
  /** A file of weights, or false for the defaults. Default: the weights applied in the current folder. */
  weights?: string | false;
}

/** Scores the ranking against what humans judged related, and prints the means. */
export async function evaluateRanking(options: EvaluateOptions): Promise<void> {
  checkSource(options);
  const evaluation = await (options.articles === undefined
    ? ofProject(options)
    : ofFile(options.articles, options));
  process.stdout.write(options.json ? `${JSON.stringify(evaluation)}\n` : table(evaluation));
}

async function ofFile(
  file: string,
  { related: judged, weights, type, locale }: EvaluateOptions,
): Promise<Evaluation> {
  const wrong = Object.entries({ type, locale }).find(([, value]) => value !== undefined);
  if (wrong) {
    throw new CliError(
      `--${wrong[0]}: "${wrong[1]}" selects articles of the project, but --articles names a file`,
    );
  }
  const judgements = await readJudgements(judged as string);
  const { articles, related } = await indexArticles(file, weights);
  const bySlug = new Map(articles.map((article) => [article.slug, article]));
  warnOfUnknown(judgements, (slug) => bySlug.has(slug));
  return score(judgements, async (slug) => {
    const article = bySlug.get(slug);
    return article ? related(article, CUTOFF) : [];
  });
}

/** Scores the project's ranking as configured and fitted, without the pins that it may be compared with. */
async function ofProject(options: EvaluateOptions): Promise<Evaluation> {
  const { related, weights } = options;
  if (weights !== undefined) {
    throw new CliError('--weights and --no-weights go with --articles: the project has its own');
  }
  const judged = related === undefined ? null : await readJudgements(related);
  return inProject(options, async (project) => {
    const { engine, type, locale } = project;
    const judgements = await (judged ? bySlug(project, judged) : pinned(project));
    return score(judgements, async (documentId) => {
      const collection = { type: type.uid, locale };
      const [list] = await engine.related(collection, [{ documentId }], {
        limit: CUTOFF,
        ignoresPicks: true,
      });
      return list ?? [];
    });
  });
}

async function score(
  judgements: Judgements,
  rank: (name: string) => Promise<readonly Suggestion[]>,
): Promise<Evaluation> {
  const progress = createProgress('Evaluating', judgements.size);
  const lists = new Map<string, string[]>();
  for (const name of judgements.keys()) {
    lists.set(
      name,
      (await rank(name)).map(({ documentId }) => documentId),
    );
    progress.step();
  }
  progress.stop();
  return evaluate(judgements, (name) => lists.get(name) ?? []);
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
  return `${counted(judged, 'judged article')}\n${lines.join('\n')}\n`;
}
