import Database from 'better-sqlite3';
import MiniSearch from 'minisearch';
import type { ArticleLine } from 'plugin/cli/articles-file';

import { COLLECTION, engineOf, toDocument } from './corpus';
import { generateArticles } from './generator';
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
  upsertMs: number;
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
    };
  },
};

/** Every engine on the same generated articles, one after the other in this process. */
export function measureSpeed(
  sources: readonly ArticleLine[],
  sizes: readonly number[],
  onlyOurs: boolean,
): SpeedRow[] {
  return sizes.flatMap((size) =>
    (onlyOurs ? [OURS] : [OURS, MINISEARCH, FTS5]).map((contender) =>
      measure(contender, sources, size),
    ),
  );
}

function measure(contender: Contender, sources: readonly ArticleLine[], size: number): SpeedRow {
  const before = memory();
  const stream = timed(generateArticles(sources, size));
  const started = performance.now();
  const index = contender.build(stream.values());
  const buildMs = performance.now() - started - stream.spent();
  const memoryMB = memory() - before;

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
  index.close();
  times.sort((a, b) => a - b);
  upserts.sort((a, b) => a - b);
  return {
    engine: contender.name,
    articles: size,
    buildMs,
    memoryMB,
    medianMs: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
    upsertMs: quantile(upserts, 0.5),
  };
}

export function describeSpeed(rows: readonly SpeedRow[]): string {
  return table(
    rows.map(({ engine, articles, buildMs, memoryMB, medianMs, p95Ms, upsertMs }) => ({
      engine,
      articles,
      'median ms': medianMs.toFixed(2),
      'p95 ms': p95Ms.toFixed(2),
      'memory MB': memoryMB.toFixed(0),
      'build s': (buildMs / 1000).toFixed(1),
      'upsert ms': upsertMs.toFixed(2),
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
