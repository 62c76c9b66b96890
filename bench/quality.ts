import type { ArticleLine } from 'plugin/cli/articles-file';
import { readJudgements, type Judgements } from 'plugin/cli/judgements';
import { bootstrap, RESAMPLES, type Interval } from 'plugin/evaluation/bootstrap';
import { CUTOFF, evaluate, scoreList, type Evaluation } from 'plugin/evaluation/metrics';
import type { EngineDocument, RankingOptions, Signal } from 'plugin/engine/engine';
import { SIGNALS } from 'plugin/engine/engine';

import { createBm25 } from './baselines';
import { FTS5, MINISEARCH } from './contenders';
import { collectionIn, engineOf, readLocales, toDocument, TYPE } from './corpus';
import { luceneLists, missingLucene } from './lucene';
import { quantile, table } from './table';

/** More candidates than any corpus has documents. */
const EVERY = 1_000_000;

export interface QualityReport {
  corpus: string;
  articles: number;
  rows: Row[];
  /** Our quality by how many candidates are compared in full. */
  curve: { compared: number; ndcg: number; medianMs: number }[];
  /** Each signal's worth: nDCG lost without it. */
  worth: Record<Signal, number>;
  /** nDCG of ours minus that of BM25, with a paired bootstrap interval. */
  overBm25: Interval;
  /** nDCG lost by comparing the best candidates in full instead of all. */
  approximation: number;
  /** The article that is in most lists of five, in how many it is, and the mean of all articles. */
  mostSuggested: { id: string; lists: number; mean: number };
}

export interface Row extends Evaluation {
  ranking: string;
  /** The time for one list of ten. */
  medianMs: number;
}

const DEPTHS = [10, 20, 40, 80, 160];
/** How many judged articles other engines are asked about at most: they take long. */
const MAX_ASKED = 300;

type Ranking = (id: string) => string[];

/** Measures how good the lists are, compared with BM25 and with ours without one part or another. */
export async function measureQuality(
  root: string,
  articlesFile: string,
  relatedFile: string,
): Promise<QualityReport> {
  const locales = await readLocales(articlesFile);
  const articles = [...locales.values()].flat();
  const judgements = await readJudgements(relatedFile);
  /** Treats each locale as a site of its own; a slug is in one of them. */
  const perLocale = (
    make: (articles: readonly ArticleLine[], locale: string) => Ranking,
  ): Ranking => {
    const rankings = new Map<string, Ranking>();
    for (const [locale, ofLocale] of locales) {
      const of = make(ofLocale, locale);
      for (const { slug } of ofLocale) rankings.set(slug, of);
    }
    return (id) => rankings.get(id)?.(id) ?? [];
  };
  const ranking = (
    over: Partial<RankingOptions> = {},
    documentOf: (article: ArticleLine) => EngineDocument = toDocument,
    depth?: number,
  ): Ranking =>
    perLocale((ofLocale, locale) => {
      const collection = collectionIn(locale);
      const engine = engineOf(ofLocale.map(documentOf), over, collection);
      return (id) =>
        (engine.related(collection, id, { limit: CUTOFF, maxCandidates: depth }) ?? []).map(
          ({ id: other }) => other,
        );
    });
  const plain = perLocale((ofLocale, locale) => {
    const bm25 = createBm25(ofLocale.map(toDocument), locale);
    return (id) => bm25(id, CUTOFF);
  });
  const ours = ranking();
  const score = (of: Ranking, among: Judgements = judgements) => {
    const times: number[] = [];
    const evaluation = evaluate(among, (id) => {
      const start = performance.now();
      const list = of(id);
      times.push(performance.now() - start);
      return list;
    });
    return {
      ...evaluation,
      medianMs: quantile(
        times.sort((a, b) => a - b),
        0.5,
      ),
    };
  };

  const rows: QualityReport['rows'] = [
    { ranking: 'BM25, whole article', ...score(plain) },
    { ranking: 'ours', ...score(ours) },
    { ranking: 'ours, no gate', ...score(ranking({ minScore: 0 })) },
    {
      ranking: 'ours, no anchor texts',
      ...score(ranking({}, (article) => toDocument(withoutAnchors(article)))),
    },
    { ranking: 'ours, every document compared', ...score(ranking({}, toDocument, EVERY)) },
    { ranking: 'ours, titles and texts alone', ...score(ranking({}, toBareDocument)) },
  ];
  const full = rows[1].ndcg;
  const worth = Object.fromEntries(
    SIGNALS.map((signal) => {
      const weights = { ...TYPE.ranking.weights, [signal]: 0 };
      const without = score(ranking({ weights }));
      rows.push({ ranking: `ours without ${signal}`, ...without });
      return [signal, full - without.ndcg];
    }),
  ) as Record<Signal, number>;
  const step = Math.max(1, Math.ceil(judgements.size / MAX_ASKED));
  const asked: Judgements = new Map([...judgements].filter((_, i) => i % step === 0));
  for (const contender of [MINISEARCH, FTS5]) {
    const open: { close(): void }[] = [];
    const peer = perLocale((ofLocale) => {
      const bySlug = new Map(ofLocale.map((article) => [article.slug, article]));
      const index = contender.build(ofLocale);
      open.push(index);
      return (id) => index.related(bySlug.get(id) as ArticleLine, CUTOFF);
    });
    rows.push({ ranking: contender.name, ...score(peer, asked) });
    for (const index of open) index.close();
  }
  const missing = missingLucene(root);
  if (missing) process.stderr.write(`Lucene is left out: ${missing}\n`);
  for (const { ranking: name, lists } of missing ? [] : luceneLists(root, locales, CUTOFF)) {
    const times = [...judgements.keys()].map((slug) => lists.get(slug)?.ms ?? 0);
    const medianMs = quantile(
      times.sort((a, b) => a - b),
      0.5,
    );
    rows.push({ ranking: name, ...score((slug) => lists.get(slug)?.list ?? []), medianMs });
  }
  const curve = DEPTHS.map((compared) => {
    const { ndcg, medianMs } = score(ranking({}, toDocument, compared));
    return { compared, ndcg, medianMs };
  });
  return {
    curve,
    corpus: articlesFile,
    articles: articles.length,
    rows,
    worth,
    overBm25: bootstrap(
      [...judgements].map(
        ([id, relevant]) =>
          scoreList(ours(id), relevant).ndcg - scoreList(plain(id), relevant).ndcg,
      ),
    ),
    approximation: rows[4].ndcg - full,
    mostSuggested: mostSuggested(articles, ours),
  };
}

/** Removes link texts, as a control: words in links to other articles may give the answer away. */
function withoutAnchors<T extends { body?: string | null }>(article: T): T {
  return { ...article, body: article.body?.replace(/\[[^\]]*\](\(\/articles\/[^)]*\))/g, '[]$1') };
}

/** Returns what a site without excerpts, categories, tags, dates and links has. */
function toBareDocument({ slug, title, body, locale }: ArticleLine): EngineDocument {
  return { ...toDocument({ slug, title, body, locale }), links: [] };
}

function mostSuggested(
  articles: readonly ArticleLine[],
  ranking: Ranking,
): QualityReport['mostSuggested'] {
  const counts = new Map<string, number>();
  let all = 0;
  for (const { slug } of articles) {
    for (const other of ranking(slug).slice(0, 5)) {
      counts.set(other, (counts.get(other) ?? 0) + 1);
      all += 1;
    }
  }
  const [id, lists] = [...counts].reduce(
    (most, entry) => (entry[1] > most[1] ? entry : most),
    ['', 0],
  );
  return { id, lists, mean: all / Math.max(1, articles.length) };
}

export function describeQuality({
  corpus,
  articles,
  rows,
  curve,
  overBm25,
  approximation,
  mostSuggested: most,
}: QualityReport): string {
  const three = (value: number) => value.toFixed(4);
  const full = rows[1].ndcg;
  return [
    `${corpus}: ${articles} articles, ${rows[0].judged} judged; default weights, gate and diversity unless a row says otherwise`,
    table(
      rows.map(({ ranking, judged, ndcg, recall, mrr, precision, coverage, medianMs }) => ({
        ranking,
        judged,
        'nDCG@10': three(ndcg),
        'to ours': (ndcg - full >= 0 ? '+' : '') + three(ndcg - full),
        recall: three(recall),
        MRR: three(mrr),
        precision: three(precision),
        coverage: three(coverage),
        'median ms': medianMs.toFixed(2),
      })),
    ),
    `ours over BM25: ${three(overBm25.mean)} nDCG, 95 % interval ${three(overBm25.low)} to ${three(overBm25.high)} (paired bootstrap, ${RESAMPLES} resamples)`,
    `by how many are compared in full: ${curve.map(({ compared, ndcg, medianMs }) => `${compared} ${three(ndcg)} in ${medianMs.toFixed(2)} ms`).join(', ')}`,
    `lost by comparing the best candidates in full instead of all: ${three(approximation)} nDCG`,
    `most suggested: ${most.id}, in ${most.lists} lists of five (an article stands in ${most.mean.toFixed(1)} on average)`,
  ].join('\n');
}
