import Database from 'better-sqlite3';
import MiniSearch from 'minisearch';
import type { ArticleLine } from 'plugin/cli/articles-file';

import { COLLECTION, engineOf, toDocument } from './corpus';
import { pagesOf } from './pages';

/** An engine that can be asked for related articles. */
export interface Contender {
  name: string;
  /** Slower ones are asked less often. */
  queries: number;
  /** Whether edits are measured separately from replacements. */
  measuresEdits?: true;
  /** Builds an index from a stream of articles. */
  build(articles: Iterable<ArticleLine>): Index;
}

interface Index {
  /** Slugs, best first, without the article's own. */
  related(article: ArticleLine, limit: number): string[];
  upsert(article: ArticleLine): void;
  close(): void;
  /** Its memory outside of JavaScript's, in bytes. */
  bytes?(): number;
  /** How much of the build was spent on reading Markdown: the others take the text as it is written. */
  readingMs?: number;
}

/** How many documents the plugin reads before it puts them into the index. */
const BATCH = 100;

export const OURS: Contender = {
  name: 'ours',
  queries: 2000,
  measuresEdits: true,
  build(articles) {
    let readingMs = 0;
    const engine = engineOf([]);
    for (const batch of pagesOf(articles, BATCH)) {
      const started = performance.now();
      const documents = batch.map(toDocument);
      readingMs += performance.now() - started;
      for (const document of documents) engine.upsertAtOnce(COLLECTION, document);
    }
    return {
      readingMs,
      related: ({ slug }, limit) =>
        (engine.related(COLLECTION, slug, { limit }) ?? []).map(({ id }) => id),
      upsert: (article) => engine.upsertAtOnce(COLLECTION, toDocument(article)),
      close: () => undefined,
    };
  },
};

export const MINISEARCH: Contender = {
  name: 'MiniSearch, title + 30 best terms',
  queries: 50,
  build(articles) {
    const index = new MiniSearch<ArticleLine>({ idField: 'slug', fields: ['title', 'body'] });
    for (const article of articles) index.add(article);
    return {
      related: (article, limit) =>
        index
          .search(`${article.title} ${bestTerms(article.body ?? '', 30).join(' ')}`)
          .map(({ id }) => id as string)
          .filter((slug) => slug !== article.slug)
          .slice(0, limit),
      upsert: (article) => index.replace(article),
      close: () => undefined,
    };
  },
};

export const FTS5: Contender = {
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
      'SELECT slug FROM articles WHERE articles MATCH ? ORDER BY bm25(articles, 0, 3, 1) LIMIT ?',
    );
    return {
      related: ({ slug: own, title, body }, limit) => {
        const terms = new Set([...bestTerms(title, 10), ...bestTerms(body ?? '', 25)]);
        const query = [...terms].map((term) => `"${term}"`).join(' OR ');
        return (select.all(query, limit + 1) as { slug: string }[])
          .map(({ slug }) => slug)
          .filter((slug) => slug !== own)
          .slice(0, limit);
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

/** Returns the most frequent words, long ones first among equals: what such tools are usually given. */
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
