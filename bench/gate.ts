import path from 'node:path';

import type { ArticleLine } from 'plugin/cli/articles-file';
import { readJudgements } from 'plugin/cli/judgements';
import { CUTOFF } from 'plugin/evaluation/metrics';
import { NO_ENTRY, type Collection, type EngineDocument } from 'plugin/engine/engine';
import type { InMemoryIndex } from 'plugin/engine/embedded/in-memory-index';

import { collectionIn, engineOf, readLocales, toDocument } from './corpus';
import { quantile, table } from './table';

/** How many words texts have; the first are whole articles. */
const WORDS = [Infinity, 240, 25];
/** How many articles of a site are used as texts, taken evenly. */
const ASKED = 150;
/** A small site: how many items, and how many words each. */
const ITEMS = { count: 50, words: 40 };
const DEEP = 200;

interface Site {
  name: string;
  locale: string;
  articles: ArticleLine[];
  collection: Collection;
  engine: InMemoryIndex;
}

interface Passing {
  /** Judged pairs that the ranking puts into the first ten, and how many of those the gate keeps. */
  judged: number;
  kept: number;
  /** The scores of these pairs, lowest first. */
  scores: number[];
}

export interface GateReport {
  sites: {
    site: string;
    articles: number;
    filled: number;
    judged: Passing;
    /** How many of fifty short items have a list; `null` where there are fewer articles. */
    items: number | null;
    /** The share of its own articles, held out and asked as texts, that find something, by `WORDS`. */
    own: number[];
    /** The same for the articles of other sites in its language. */
    foreign: Record<string, number[]>;
  }[];
}

/** Measures what the gate lets through: judged pairs, a site's own articles, and unrelated texts. */
export async function measureGate(
  articlesFiles: readonly string[],
  relatedFiles: readonly string[],
): Promise<GateReport> {
  const sites: Site[] = [];
  const judgements = new Map<string, Set<string>>();
  for (const [at, file] of articlesFiles.entries()) {
    const name = path.basename(file).replace(/\..*$/, '');
    for (const [locale, articles] of await readLocales(file)) {
      const collection = collectionIn(locale);
      const engine = engineOf(articles.map(toDocument), {}, collection);
      sites.push({ name, locale, articles, collection, engine });
    }
    for (const [slug, related] of await readJudgements(relatedFiles[at])) {
      judgements.set(`${name} ${slug}`, related);
    }
  }
  const rows: GateReport['sites'] = [];
  for (const site of sites) {
    const others = sites.filter(({ name, locale }) => name !== site.name && locale === site.locale);
    const foreign: Record<string, number[]> = {};
    for (const other of others)
      foreign[other.name] = await foundFor(site, evenly(other.articles, ASKED));
    rows.push({
      site: `${site.name} ${site.locale}`,
      articles: site.articles.length,
      filled: filledShare(site.engine, site.collection),
      judged: passingOf(site, (slug) => judgements.get(`${site.name} ${slug}`)),
      items: itemsFilled(site),
      own: await foundForHeldOut(site),
      foreign,
    });
  }
  return { sites: rows };
}

function filledShare(engine: InMemoryIndex, collection: Collection): number {
  const ids = [...engine.ids(collection)];
  const filled = ids.filter((id) => (engine.related(collection, id, { limit: 1 }) ?? []).length > 0); // prettier-ignore
  return filled.length / ids.length;
}

function passingOf(
  { articles, engine, collection }: Site,
  relatedTo: (slug: string) => ReadonlySet<string> | undefined,
): Passing {
  const passing: Passing = { judged: 0, kept: 0, scores: [] };
  for (const { slug } of articles) {
    const related = relatedTo(slug);
    if (!related) continue;
    const all = engine.related(collection, slug, { minScore: 0, limit: CUTOFF }) ?? [];
    const gated = engine.related(collection, slug, { limit: DEEP }) ?? [];
    const kept = new Set(gated.map(({ id }) => id));
    for (const { id, score } of all.filter(({ id }) => related.has(id))) {
      passing.judged += 1;
      passing.kept += Number(kept.has(id));
      passing.scores.push(score);
    }
  }
  passing.scores.sort((a, b) => a - b);
  return passing;
}

/** Counts the items that have a list on a site of the first articles, cut to their titles and first words. */
function itemsFilled({ articles, collection }: Site): number | null {
  if (articles.length < ITEMS.count) return null;
  const items = articles.slice(0, ITEMS.count).map((article) => {
    const { title, body } = asText(article, ITEMS.words);
    const { slug, locale } = article;
    return toDocument({ slug, title, body, locale });
  });
  return Math.round(filledShare(engineOf(items, {}, collection), collection) * ITEMS.count);
}

/** Returns the shares of articles that find something on a site, asked as texts, by `WORDS`. */
async function foundFor(on: Site, asked: readonly ArticleLine[]): Promise<number[]> {
  const { engine, collection } = on;
  const shares: number[] = [];
  for (const words of WORDS) {
    let found = 0;
    for (const article of asked) {
      const document = textDocument(article, words);
      const list = await engine.relatedToDocument(collection, document, { limit: 1 });
      found += Number(list.length > 0);
    }
    shares.push(found / asked.length);
  }
  return shares;
}

/** Does the same with articles that were held out of the site itself. */
function foundForHeldOut(site: Site): Promise<number[]> {
  const { articles, collection } = site;
  const held = new Set(evenly(articles, Math.min(ASKED, Math.floor(articles.length / 3))));
  const rest = articles.filter((article) => !held.has(article));
  const engine = engineOf(rest.map(toDocument), {}, collection);
  return foundFor({ ...site, engine }, [...held]);
}

function evenly<T>(all: readonly T[], count: number): T[] {
  const taken = Math.min(count, all.length);
  return Array.from({ length: taken }, (_, at) => all[Math.floor((at * all.length) / taken)]);
}

/** Returns an article as the routes for texts take it: a title and words. */
function textDocument(article: ArticleLine, words: number): EngineDocument {
  const { title, body } = asText(article, words);
  const document = toDocument({ slug: 'text', title, body, locale: article.locale });
  return { ...document, id: NO_ENTRY, slug: null, links: [] };
}

function asText({ title, excerpt, body }: ArticleLine, words: number) {
  const text = `${excerpt ?? ''} ${body ?? ''}`.trim();
  return { title, body: Number.isFinite(words) ? text.split(/\s+/).slice(0, words).join(' ') : text }; // prettier-ignore
}

export function describeGate({ sites }: GateReport): string {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const all = (shares: readonly number[]) => shares.map((one) => Math.round(100 * one)).join(', ');
  const passing = sites.map(({ site, articles, filled, judged, items, own }) => ({
    site,
    articles,
    'judged pairs': judged.judged,
    'that pass': judged.judged ? percent(judged.kept / judged.judged) : '',
    'score, 10, 50, 90 %': judged.judged
      ? [0.1, 0.5, 0.9].map((share) => quantile(judged.scores, share).toFixed(2)).join(', ')
      : '',
    'with a list': percent(filled),
    'of 50 short items': items ?? '',
    'held-out texts, %': all(own),
  }));
  const foreign = sites.flatMap(({ site, foreign: others }) =>
    Object.entries(others).map(([name, shares]) => ({
      site,
      'texts of': name,
      'find something, %': all(shares),
    })),
  );
  const means = WORDS.map((_, at) => {
    const shares = sites.flatMap(({ foreign: others }) => Object.values(others).map((one) => one[at])); // prettier-ignore
    return shares.reduce((sum, one) => sum + one, 0) / Math.max(1, shares.length);
  });
  return [
    table(passing),
    table(foreign),
    `Texts are titles with whole articles, 240 and 25 words. On average ${all(means)} % of those of other sites find something.`,
  ].join('\n\n');
}
