import { execFileSync } from 'node:child_process';
import type { ArticleLine } from 'plugin/cli/articles-file';

import { FTS5, MINISEARCH, OURS, type Contender } from './contenders';
import { generateArticles } from './generator';
import { measureLucene, missingLucene } from './lucene';
import { quantile, table } from './table';

const LIMIT = 5;
const WARM_UP = 200;

export interface SpeedRow {
  engine: string;
  articles: number;
  buildMs: number;
  /** How much of that was spent on reading Markdown. */
  readingMs?: number;
  /** Heap and typed arrays after the build, without what the articles themselves take. */
  memoryMB: number;
  medianMs: number;
  p95Ms: number;
  /** Replacing an article's text. */
  upsertMs: number;
  /** Saving an article with one more paragraph, if that is measured. */
  editMs?: number;
}

export interface SpeedOptions {
  engines: readonly EngineName[];
  /** How often every article is replaced before `churned` is measured. */
  churn: number;
}

/** Measures every engine on the same generated articles, one after the other, each in its own process. */
export function measureSpeed(
  root: string,
  articles: readonly string[],
  sources: readonly ArticleLine[],
  size: number,
  { engines, churn }: SpeedOptions,
): SpeedRow[] {
  return engines.flatMap((name) => {
    if (name === 'lucene') {
      const missing = missingLucene(root);
      if (!missing) return measureLucene(root, sources, size);
      process.stderr.write(`Lucene is left out: ${missing}\n`);
      return [];
    }
    const files = articles.flatMap((file) => ['--articles', file]);
    const args = ['speed-of', name, '--size', String(size), '--churn', String(churn), ...files];
    const output = execFileSync(process.execPath, [...process.execArgv, process.argv[1], ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return [JSON.parse(output) as SpeedRow];
  });
}

export const ENGINES = ['ours', 'churned', 'minisearch', 'fts5', 'lucene'] as const;
export type EngineName = (typeof ENGINES)[number];

/** One engine in this process. */
export function measureEngine(
  name: Exclude<EngineName, 'lucene'>,
  sources: readonly ArticleLine[],
  size: number,
  churn: number,
): SpeedRow {
  const contenders = { ours: OURS, minisearch: MINISEARCH, fts5: FTS5 };
  return measure(
    name === 'churned' ? churned(churn, sources, size) : contenders[name],
    sources,
    size,
  );
}

/** Ours after every article was replaced `times` times; in the end, it holds the same articles as the others. */
function churned(times: number, sources: readonly ArticleLine[], size: number): Contender {
  return {
    ...OURS,
    name: `ours, all replaced ${times} times`,
    build(articles) {
      const index = OURS.build(generateArticles(sources, size, 1000));
      for (let round = 1; round < times; round += 1) {
        for (const article of generateArticles(sources, size, 1000 + round)) index.upsert(article);
      }
      for (const article of articles) index.upsert(article);
      return index;
    },
  };
}

function measure(contender: Contender, sources: readonly ArticleLine[], size: number): SpeedRow {
  const before = memory();
  const stream = timed(generateArticles(sources, size));
  const started = performance.now();
  const index = contender.build(stream.values());
  const buildMs = performance.now() - started - stream.spent();
  const memoryMB = memory() - before + (index.bytes?.() ?? 0) / 1e6;

  // Queries use newly generated articles, so that the indexed ones need not be kept.
  const asked = [...generateArticles(sources, contender.queries + WARM_UP)].map((article, i) => ({
    ...article,
    slug: `article-${(i * 7919) % size}`,
  }));
  const times: number[] = [];
  asked.forEach((article, i) => {
    const start = performance.now();
    index.related(article, LIMIT);
    if (i >= Math.min(WARM_UP, contender.queries / 5)) times.push(performance.now() - start);
  });
  const upserts = [...generateArticles(sources, 200, 7)].map((article, i) => {
    const start = performance.now();
    index.upsert({ ...article, slug: `article-${(i * 104_729) % size}` });
    return performance.now() - start;
  });
  const edits = [...generateArticles(sources, 400, 7)].flatMap((article, i) => {
    const slug = `article-${(i * 104_729) % size}`;
    const { body } = article;
    index.upsert({ ...article, slug });
    const start = performance.now();
    index.upsert({
      ...article,
      slug,
      body: `${body}\n\nOne more paragraph, which an editor wrote.`,
    });
    return contender.measuresEdits ? [performance.now() - start] : [];
  });
  index.close();
  for (const list of [times, upserts, edits]) list.sort((a, b) => a - b);
  return {
    engine: contender.name,
    articles: size,
    buildMs,
    ...(index.readingMs !== undefined && { readingMs: index.readingMs }),
    memoryMB,
    medianMs: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
    upsertMs: quantile(upserts, 0.5),
    ...(edits.length > 0 && { editMs: quantile(edits, 0.5) }),
  };
}

export function describeSpeed(rows: readonly SpeedRow[]): string {
  return table(
    rows.map(
      ({ engine, articles, buildMs, readingMs, memoryMB, medianMs, p95Ms, upsertMs, editMs }) => ({
        engine,
        articles,
        'median ms': medianMs.toFixed(2),
        'p95 ms': p95Ms.toFixed(2),
        'memory MB': memoryMB.toFixed(0),
        'build s': (buildMs / 1000).toFixed(1),
        'of it Markdown s': readingMs === undefined ? '' : (readingMs / 1000).toFixed(1),
        'upsert ms': upsertMs.toFixed(2),
        'edit ms': editMs?.toFixed(2) ?? '',
      }),
    ),
  );
}

function memory(): number {
  // Twice: memory outside of the heap is released only then.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** The values of a generator, with the time that making them took. */
function timed<T>(items: Iterator<T>): { values(): Generator<T>; spent(): number } {
  let spent = 0;
  return {
    *values() {
      for (;;) {
        const start = performance.now();
        const { value, done } = items.next();
        spent += performance.now() - start;
        if (done) return;
        yield value;
      }
    },
    spent: () => spent,
  };
}
