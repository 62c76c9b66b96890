import type { ArticleLine } from 'plugin/cli/articles-file';
import { EmbeddedEngine } from 'plugin/engine/embedded/embedded-engine';
import { createRandom } from 'plugin/evaluation/random';
import type { DocumentRef } from 'plugin/engine/engine';
import { SAME_WORDS } from 'plugin/indexing/index-writer';
import { ListWatch } from 'plugin/services/list-watch';
import { SPARE_PLACES, SUGGESTION_CAP } from 'plugin/services/suggestions';

import { COLLECTION, readCorpus, toDocument, TYPE } from './corpus';
import { quantile, table } from './table';

/** How many suggestions a list shows. */
const LIMIT = 5;
const SEED = 20261126;
/** Kinds of edits, as often as editors make them: most change a paragraph. */
export const KINDS = ['paragraph', 'paragraph', 'paragraph', 'paragraph', 'word', 'title', 'tags', 'link', 'withdrawn', 'published', 'never'] as const; // prettier-ignore
export type Kind = (typeof KINDS)[number];

export interface ChangesReport {
  corpus: string;
  articles: number;
  rows: ChangesRow[];
}

export interface ChangesRow {
  edit: Kind | 'all';
  edits: number;
  /** Lists that changed, or showed the edited article afterwards. */
  truly: number;
  /** The share of those that were named, 0 to 1. */
  found: number;
  /** Named lists that had not changed, for each one that had. */
  tooMany: number;
  /** How many lists were made to find them, and how long that took. */
  medianMade: number;
  medianMs: number;
}

interface Edit {
  kind: Kind;
  truly: number;
  found: number;
  named: number;
  made: number;
  ms: number;
}

/**
 * Measures how many of the changed lists `ListWatch` names. Makes all lists before and after each edit to know.
 *
 * @param only The only kind of edit to make. Default: all, as often as editors make them.
 */
export async function measureChanges(
  file: string,
  edits: number,
  only?: Kind,
): Promise<ChangesReport> {
  const articles = await readCorpus(file);
  const engine = new EmbeddedEngine(() => TYPE.ranking, undefined, { calibrates: 'by settle' });
  await engine.upsert(COLLECTION, articles.map(toDocument));
  await engine.settle();
  const editor = new Editing(engine, articles, only);
  const { hidden } = editor;
  const watch = new ListWatch({
    engine,
    collection: COLLECTION,
    limit: LIMIT,
    queries: async () => () => ({ maxCandidates: SUGGESTION_CAP, exclude: [...hidden.values()] }),
    isFilled: false,
    hasMaxAge: false,
  });
  await watch.learn(await watch.unknown());
  watch.isComplete = true;
  engine.followWrites((_, write) => watch.note(write));
  const done: Edit[] = [];
  let before = await shownBy(engine, hidden);
  for (let i = 0; i < edits; i += 1) {
    const { kind, id } = await editor.one();
    await engine.settle();
    // Noted like a decision that concerns all lists.
    if (kind === 'never') {
      watch.ask(id);
      watch.note({ ...SAME_WORDS, documentId: id });
    }
    const started = performance.now();
    const { documentIds, made } = await watch.takeChanged();
    const ms = performance.now() - started;
    const after = await shownBy(engine, hidden);
    const truly = [...after].filter(
      ([source, list]) => before.get(source)?.join() !== list.join() || list.includes(id),
    );
    const named = new Set(documentIds);
    const found = truly.filter(([source]) => named.has(source)).length;
    done.push({ kind, truly: truly.length, found, named: named.size, made, ms });
    before = after;
  }
  const kinds = only ? [only] : [...new Set(KINDS)].sort();
  const rows = kinds.map((kind) => rowOf(kind, done.filter((edit) => edit.kind === kind))); // prettier-ignore
  return { corpus: file, articles: articles.length, rows: [...rows, rowOf('all', done)] };
}

function rowOf(edit: ChangesRow['edit'], edits: readonly Edit[]): ChangesRow {
  const sum = (of: (one: Edit) => number) => edits.reduce((all, one) => all + of(one), 0);
  const truly = sum((one) => one.truly);
  const found = sum((one) => one.found);
  return {
    edit,
    edits: edits.length,
    truly,
    found: found / Math.max(1, truly),
    tooMany: (sum((one) => one.named) - found) / Math.max(1, truly),
    medianMade: quantile(edits.map(({ made }) => made), 0.5), // prettier-ignore
    medianMs: quantile(edits.map(({ ms }) => ms), 0.5), // prettier-ignore
  };
}

/** Returns what each article's list shows, as readers get it. */
async function shownBy(
  engine: EmbeddedEngine,
  hidden: ReadonlyMap<string, DocumentRef>,
): Promise<Map<string, string[]>> {
  const ids = [...(await engine.documentIds(COLLECTION))];
  const lists = await engine.related(
    COLLECTION,
    ids.map((documentId) => ({ documentId })),
    { maxCandidates: SUGGESTION_CAP, diversifyTop: LIMIT + SPARE_PLACES, exclude: [...hidden.values()] }, // prettier-ignore
  );
  return new Map(
    lists.map((list, at) => [ids[at], (list ?? []).slice(0, LIMIT).map((one) => one.documentId)]),
  );
}

/** Edits articles, always in the same way for the same corpus. */
class Editing {
  /** Articles that are suggested nowhere. */
  readonly hidden = new Map<string, DocumentRef>();
  private readonly next = createRandom(SEED);
  private readonly withdrawn: ArticleLine[] = [];
  private readonly articles: Map<string, ArticleLine>;

  constructor(
    private readonly engine: EmbeddedEngine,
    articles: readonly ArticleLine[],
    private readonly only?: Kind,
  ) {
    this.articles = new Map(articles.map((article) => [article.slug, article]));
  }

  async one(): Promise<{ kind: Kind; id: string }> {
    const wanted = this.only ?? this.some(KINDS);
    const kind = wanted === 'published' && this.withdrawn.length === 0 ? 'withdrawn' : wanted;
    const article = this.some([...this.articles.values()]);
    if (kind === 'never') {
      const id = article.slug;
      if (!this.hidden.delete(id)) this.hidden.set(id, { uid: TYPE.uid, documentId: id });
      return { kind, id };
    }
    if (kind === 'withdrawn') {
      this.withdrawn.push(article);
      this.articles.delete(article.slug);
      await this.engine.remove(COLLECTION, [article.slug]);
      return { kind, id: article.slug };
    }
    const back = kind === 'published' ? this.withdrawn.shift() : undefined;
    const written = back ?? this.edited(article, kind);
    this.articles.set(written.slug, written);
    await this.engine.upsert(COLLECTION, [toDocument(written)]);
    return { kind, id: written.slug };
  }

  private edited(article: ArticleLine, kind: Kind): ArticleLine {
    const other = this.some([...this.articles.values()]);
    const body = String(article.body ?? '');
    switch (kind) {
      case 'title':
        return { ...article, title: `${article.title} ${other.title.split(' ')[0]}` };
      case 'tags':
        return { ...article, category: other.category, tags: other.tags };
      case 'link':
        return { ...article, body: `${body}\n\nSee [${other.title}](/articles/${other.slug}).` };
      case 'word':
        return { ...article, body: body.replace(/\bthe\b/, 'teh') };
      default: {
        const paragraphs = body.split('\n\n');
        const from = String(other.body ?? '').split('\n\n');
        paragraphs[Math.floor(this.next() * paragraphs.length)] = this.some(from);
        return { ...article, body: paragraphs.join('\n\n') };
      }
    }
  }

  private some<T>(all: readonly T[]): T {
    return all[Math.floor(this.next() * all.length)];
  }
}

export function describeChanges({ corpus, articles, rows }: ChangesReport): string {
  const title = `${corpus}: ${articles} articles, lists of ${LIMIT}`;
  const described = rows.map((row) => ({
    edit: row.edit,
    edits: row.edits,
    'lists truly changed': row.truly,
    'found %': (100 * row.found).toFixed(1),
    'too many for each': row.tooMany.toFixed(2),
    'lists made, median': row.medianMade,
    'median ms': row.medianMs.toFixed(0),
  }));
  return `${title}\n${table(described)}`;
}
