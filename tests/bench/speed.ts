import { execFileSync } from 'node:child_process';
import Database from 'better-sqlite3';
import MiniSearch from 'minisearch';
import type { ArticleLine } from 'plugin/cli/articles-file';

import { COLLECTION, engineOf, toDocument } from './corpus';
import { generateArticles } from './generator';
import { measureLucene, missingLucene } from './lucene';
import { quantile, table } from './table';

const LIMIT = 5;
const WARM_UP = 200;

export interface SpeedRow {
  engine: string;
  articles: number;
  buildMs: number;
  /** Heap and typed arrays after the build, without what the articles themselves take. */
  memoryMB: number;
  medianMs: number;
  p95Ms: number;
  /** Another text in place of an article's. */
  upsertMs: number;
  /** An article saved with one more paragraph, where it was measured. */
  editMs?: number;
}

interface Contender {
  name: string;
  /** Slower ones are asked less often. */
  queries: number;
  /** Builds an index from a stream of articles. */
  build(articles: Iterable<ArticleLine>): Index;
}

interface Index {
  related(article: ArticleLine): unknown;
  upsert(article: ArticleLine): void;
  close(): void;
  /** What it takes outside of JavaScript's memory. */
  bytes?(): number;
}

const OURS: Contender = {
  name: 'ours',
  queries: 2000,
  build(articles) {
    const engine = engineOf(map(articles, toDocument));
    return {
      related: ({ slug }) => engine.related(COLLECTION, slug, { limit: LIMIT }),
      upsert: (article) => engine.upsert(COLLECTION, toDocument(article)),
      close: () => undefined,
    };
  },
};

const MINISEARCH: Contender = {
  name: 'MiniSearch, title + 30 best terms',
  queries: 50,
  build(articles) {
    const index = new MiniSearch<ArticleLine>({ idField: 'slug', fields: ['title', 'body'] });
    for (const article of articles) index.add(article);
    return {
      related: (article) =>
        index
          .search(`${article.title} ${bestTerms(article.body ?? '', 30).join(' ')}`)
          .slice(0, LIMIT),
      upsert: (article) => index.replace(article),
      close: () => undefined,
    };
  },
};

const FTS5: Contender = {
  name: 'SQLite FTS5, title + 25 best terms',
  queries: 50,
  build(articles) {
    const database = new Database(':memory:');
    database.exec(
      "CREATE VIRTUAL TABLE articles USING fts5(slug UNINDEXED, title, body, tokenize = 'porter')",
    );
    const insert = database.prepare('INSERT INTO articles (slug, title, body) VALUES (?, ?, ?)');
    database.transaction(() => {
      for (const { slug, title, body } of articles) insert.run(slug, title, body);
    })();
    const remove = database.prepare('DELETE FROM articles WHERE slug = ?');
    const select = database.prepare(
      'SELECT slug FROM articles WHERE articles MATCH ? ORDER BY bm25(articles, 0, 3, 1) LIMIT 6',
    );
    return {
      related: ({ title, body }) => {
        const terms = new Set([...bestTerms(title, 10), ...bestTerms(body ?? '', 25)]);
        return select.all([...terms].map((term) => `"${term}"`).join(' OR '));
      },
      upsert: ({ slug, title, body }) => {
        remove.run(slug);
        insert.run(slug, title, body);
      },
      close: () => database.close(),
      bytes: () =>
        Number(database.pragma('page_count', { simple: true })) *
        Number(database.pragma('page_size', { simple: true })),
    };
  },
};

export interface SpeedOptions {
  /** Without the other engines. */
  onlyOurs: boolean;
  /** How often every article is replaced before ours is measured once more. */
  churn: number;
}

/** Every engine on the same generated articles, one after the other, each in a process of its own. */
export function measureSpeed(
  root: string,
  articles: readonly string[],
  sources: readonly ArticleLine[],
  size: number,
  { onlyOurs, churn }: SpeedOptions,
): SpeedRow[] {
  const names: EngineName[] = ['ours'];
  if (churn > 0) names.push('churned');
  if (!onlyOurs) names.push('minisearch', 'fts5');
  const rows = names.map((name): SpeedRow => {
    const files = articles.flatMap((file) => ['--articles', file]);
    const args = ['speed-of', name, '--size', String(size), '--churn', String(churn), ...files];
    const output = execFileSync(process.execPath, [...process.execArgv, process.argv[1], ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return JSON.parse(output) as SpeedRow;
  });
  if (onlyOurs) return rows;
  const missing = missingLucene();
  if (missing) process.stderr.write(`Lucene is left out: ${missing}\n`);
  else rows.push(...measureLucene(root, sources, size));
  return rows;
}

export const ENGINES = ['ours', 'churned', 'minisearch', 'fts5'] as const;
type EngineName = (typeof ENGINES)[number];

/** One engine in this process. */
export function measureEngine(
  name: EngineName,
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

/** Ours after every article was replaced by another so many times; the last ones are those that the others get. */
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

  // Asked about articles made as those were, one at a time, so that none needs to be kept.
  const asked = [...generateArticles(sources, contender.queries + WARM_UP)].map((article, i) => ({
    ...article,
    slug: `article-${(i * 7919) % size}`,
  }));
  const times: number[] = [];
  asked.forEach((article, i) => {
    const start = performance.now();
    index.related(article);
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
    return contender.queries === OURS.queries ? [performance.now() - start] : [];
  });
  index.close();
  for (const list of [times, upserts, edits]) list.sort((a, b) => a - b);
  return {
    engine: contender.name,
    articles: size,
    buildMs,
    memoryMB,
    medianMs: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
    upsertMs: quantile(upserts, 0.5),
    ...(edits.length > 0 && { editMs: quantile(edits, 0.5) }),
  };
}

export function describeSpeed(rows: readonly SpeedRow[]): string {
  return table(
    rows.map(({ engine, articles, buildMs, memoryMB, medianMs, p95Ms, upsertMs, editMs }) => ({
      engine,
      articles,
      'median ms': medianMs.toFixed(2),
      'p95 ms': p95Ms.toFixed(2),
      'memory MB': memoryMB.toFixed(0),
      'build s': (buildMs / 1000).toFixed(1),
      'upsert ms': upsertMs.toFixed(2),
      'edit ms': editMs?.toFixed(2) ?? '',
    })),
  );
}

/** The words that stand there most, long ones first among equals: what such tools are commonly given. */
function bestTerms(text: string, count: number): string[] {
  const frequencies = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[a-z]{4,}/g) ?? []) {
    frequencies.set(word, (frequencies.get(word) ?? 0) + 1);
  }
  return [...frequencies]
    .sort((a, b) => b[1] - a[1] || b[0].length - a[0].length)
    .slice(0, count)
    .map(([word]) => word);
}

function memory(): number {
  // Twice: what lies outside of the heap is given back only then.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

function* map<A, B>(items: Iterable<A>, change: (item: A) => B): Generator<B> {
  for (const item of items) yield change(item);
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
