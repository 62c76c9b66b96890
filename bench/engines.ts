import { Client } from '@opensearch-project/opensearch';
import { readJudgements, type Judgements } from 'plugin/cli/judgements';
import { evaluate } from 'plugin/evaluation/metrics';
import type { ArticleLine } from 'plugin/cli/articles-file';
import { EmbeddedEngine } from 'plugin/engine/embedded/embedded-engine';
import type { Engine } from 'plugin/engine/engine';
import type { SearchClient } from 'plugin/engine/opensearch/client';
import { OpenSearchEngine } from 'plugin/engine/opensearch/opensearch-engine';
import { searchClientOf } from 'plugin/indexing/search-client';

import { startCluster } from '../tests/opensearch/cluster';
import { COLLECTION, readCorpus, toDocument, TYPE } from './corpus';
import { generateArticles } from './generator';
import { moreLikeThis } from './more-like-this';
import { pagesOf } from './pages';
import { quantile, table } from './table';

const LIMIT = 10;
/** For how many sources of a large corpus lists are made: with judgements, and with generated articles. */
const MAX_ASKED = 2000;
const MAX_GENERATED = 500;
/** How many candidates are compared in full if nothing may be missed. */
const NEARLY_ALL = 3000;
const AT_ONCE = 8;

export interface EngineRow {
  engine: string;
  /** `null` for articles that nobody has judged. */
  ndcg: number | null;
  /** Share of the sources whose first ten are those of the embedded engine, in their order. */
  same: number | null;
  /** Share of the first ten that comparing every article in full gives. */
  ofAll: number | null;
  /** Time for one list: the first time, and again with another query after others were made. */
  coldMs: number;
  warmMs: number;
  p95Ms: number;
  /** Lists per second, with eight requested at once. */
  perSecond: number;
  buildMs: number;
  /** From a write to the list that shows it, in another process. */
  visibleMs: number | null;
  /** How much memory it takes in this process. */
  memoryMB: number;
  /** The same in a process that only makes lists. */
  readerMB: number | null;
}

export interface EnginesReport {
  corpus: string;
  articles: number;
  rows: EngineRow[];
}

type Lists = Map<string, string[]>;
/** @param round Another round is another query: engines that keep lists make them again. */
type Ask = (id: string, round: number) => Promise<string[]>;

export interface EnginesOptions {
  articles: string;
  /** Judgements of these articles; `null` where articles are generated from them. */
  related: string | null;
  /** How many are generated. */
  size: number;
  /** The sizes of the clusters, in nodes; they are measured one after the other. */
  nodes: readonly number[];
  /** Whether to measure the embedded engine and compare with it, and what OpenSearch itself offers. */
  hasPeers: boolean;
}

/** Articles that can be iterated again and again: a million need not be in memory. */
interface Corpus {
  size: number;
  [Symbol.iterator](): Iterator<ArticleLine>;
}

/** Compares the embedded engine with OpenSearch, and with what OpenSearch itself offers. */
export async function measureEngines(
  { articles: file, related, size, nodes, hasPeers }: EnginesOptions,
  say: (row: EngineRow) => void,
): Promise<EnginesReport> {
  const given = await readCorpus(file);
  const judgements = related === null ? null : await readJudgements(related);
  const articles: Corpus = judgements
    ? { size: given.length, [Symbol.iterator]: () => given[Symbol.iterator]() }
    : { size, [Symbol.iterator]: () => generateArticles(given, size) };
  const asked = askedOf(articles, judgements);
  const rows: EngineRow[] = [];
  const add = (row: EngineRow) => {
    rows.push(row);
    say(row);
  };
  let same: Lists | null = null;
  let all: Lists | null = null;
  if (hasPeers) {
    const embedded = new EmbeddedEngine(() => TYPE.ranking);
    const { row, lists } = await measure('embedded', articles, embedded, { asked, judgements, same }); // prettier-ignore
    same = lists;
    all = await listsOfAll(embedded, asked.slice(0, MAX_GENERATED));
    add({ ...row, ofAll: overlap(all, lists) });
  }
  for (const count of nodes) {
    const cluster = await startCluster(count);
    const client = new Client({ nodes: cluster.urls, requestTimeout: 60_000 });
    try {
      const transport = searchClientOf(client.transport);
      const name = `OpenSearch, ${count} node${count > 1 ? 's' : ''}`;
      const engine = open(transport);
      const { row, lists } = await measure(name, articles, engine, { asked, judgements, same });
      const before = memory();
      const reader = open(transport);
      for (const documentId of asked) await reader.related(COLLECTION, [{ documentId }], { limit: LIMIT }); // prettier-ignore
      const readerMB = memory() - before;
      const [first] = articles;
      add({
        ...row,
        ofAll: all && overlap(all, lists),
        readerMB,
        visibleMs: await visible(engine, reader, first),
      });
      if (count === 1 && hasPeers) {
        for (const peer of await moreLikeThis(transport, articles)) {
          const timed = await time(peer.name, peer.ask, { asked, judgements, same: null });
          add({ ...timed.row, buildMs: peer.buildMs });
        }
      }
    } finally {
      await client.close();
      await cluster.stop();
    }
  }
  return { corpus: file, articles: articles.size, rows };
}

/** Makes lists for which nearly every article is compared. */
async function listsOfAll(engine: EmbeddedEngine, asked: readonly string[]): Promise<Lists> {
  const lists: Lists = new Map();
  for (const documentId of asked) {
    const [list] = await engine.related(COLLECTION, [{ documentId }], { limit: LIMIT, maxCandidates: NEARLY_ALL }); // prettier-ignore
    lists.set(documentId, (list ?? []).map((one) => one.documentId)); // prettier-ignore
  }
  return lists;
}

/** Returns the mean share of the entries in `all` that are also in `lists`. */
function overlap(all: Lists, lists: Lists): number {
  const filled = [...all].filter(([, list]) => list.length > 0);
  const shares = filled.map(([id, list]) => {
    const found = new Set(lists.get(id));
    return list.filter((one) => found.has(one)).length / list.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
}

/** Returns an even sample of all articles, and all that were judged. */
function askedOf(articles: Corpus, judgements: Judgements | null): string[] {
  const every = Math.max(1, Math.ceil(articles.size / (judgements ? MAX_ASKED : MAX_GENERATED)));
  const asked: string[] = [];
  let at = 0;
  for (const { slug } of articles) {
    if (at % every === 0 || judgements?.has(slug)) asked.push(slug);
    at += 1;
  }
  return asked;
}

const open = (client: SearchClient) =>
  new OpenSearchEngine({
    client,
    settings: { prefix: 'bench-', shards: 1, replicas: '0-1' },
    optionsOf: () => TYPE.ranking,
  });

interface Asked {
  asked: readonly string[];
  judgements: Judgements | null;
  /** The lists to compare with. */
  same: Lists | null;
}

async function measure(
  name: string,
  articles: Corpus,
  engine: Engine,
  asked: Asked,
): Promise<{ row: EngineRow; lists: Lists }> {
  const before = memory();
  const started = performance.now();
  for (const page of pagesOf(articles)) await engine.upsert(COLLECTION, page.map(toDocument));
  await engine.settle();
  const buildMs = performance.now() - started;
  const ask: Ask = async (documentId, round) => {
    const [list] = await engine.related(COLLECTION, [{ documentId }], { limit: LIMIT + round });
    return (list ?? []).slice(0, LIMIT).map((one) => one.documentId);
  };
  const timed = await time(name, ask, asked);
  return { ...timed, row: { ...timed.row, buildMs, memoryMB: memory() - before } };
}

async function time(
  name: string,
  ask: Ask,
  { asked, judgements, same }: Asked,
): Promise<{ row: EngineRow; lists: Lists }> {
  const lists: Lists = new Map();
  const once = async (round: number) => {
    const times: number[] = [];
    for (const id of asked) {
      const started = performance.now();
      const list = await ask(id, round);
      if (round === 0) lists.set(id, list);
      times.push(performance.now() - started);
    }
    return times.sort((a, b) => a - b);
  };
  const cold = await once(0);
  const warm = await once(1);
  const started = performance.now();
  let next = 0;
  const work = async () => {
    while (next < asked.length) {
      next += 1;
      await ask(asked[next - 1], 2);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const perSecond = asked.length / ((performance.now() - started) / 1000);
  const isSame = (id: string) => lists.get(id)?.join(' ') === same?.get(id)?.join(' ');
  return {
    lists,
    row: {
      engine: name,
      ndcg: judgements && evaluate(judgements, (id) => lists.get(id) ?? []).ndcg,
      ofAll: null,
      same: same && asked.filter(isSame).length / asked.length,
      coldMs: quantile(cold, 0.5),
      warmMs: quantile(warm, 0.5),
      p95Ms: quantile(warm, 0.95),
      perSecond,
      buildMs: 0,
      visibleMs: null,
      memoryMB: 0,
      readerMB: null,
    },
  };
}

/** Measures how long it takes until another process makes the list of a newly written article. */
async function visible(
  writer: OpenSearchEngine,
  reader: OpenSearchEngine,
  article: ArticleLine,
): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const id = `copy-${round}`;
    const started = performance.now();
    await writer.upsert(COLLECTION, [{ ...toDocument(article), id, slug: id }]);
    const settled = writer.settle();
    const isThere = async () => {
      const [list] = await reader.related(COLLECTION, [{ documentId: id }], { limit: LIMIT });
      return list !== null;
    };
    while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 5));
    times.push(performance.now() - started);
    await settled;
  }
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  );
}

/** Returns the size of the heap and typed arrays, in megabytes. */
function memory(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

export function describeEngines({ corpus, articles, rows }: EnginesReport): string {
  const lines = rows.map((row) => ({
    engine: row.engine,
    nDCG: row.ndcg === null ? '' : row.ndcg.toFixed(4),
    'same ten': row.same === null ? '' : `${(row.same * 100).toFixed(1)} %`,
    'of all': row.ofAll === null ? '' : `${(row.ofAll * 100).toFixed(1)} %`,
    'list cold ms': row.coldMs.toFixed(1),
    'warm ms': row.warmMs.toFixed(1),
    'p95 ms': row.p95Ms.toFixed(1),
    'lists/s': Math.round(row.perSecond),
    'build s': (row.buildMs / 1000).toFixed(1),
    'visible ms': row.visibleMs === null ? '' : Math.round(row.visibleMs),
    'memory MB': Math.round(row.memoryMB),
    'reader MB': row.readerMB === null ? '' : Math.round(row.readerMB),
  }));
  return `${corpus}: ${articles} articles\n${table(lines)}`;
}
