import { SPARE_PLACES, SUGGESTION_CAP } from 'plugin/services/suggestions';

import { COLLECTION, engineOf, readCorpus, toDocument } from './corpus';
import { quantile, table } from './table';

const PLACES = 5;
const REACHES = [25, 50, 100, 200, 400];
const SAMPLE = 300;

export interface AppearancesRow {
  reach: number;
  /** Share of the lists with an article that are found. */
  found: number;
  /** Share of the articles reported to be in no list that really are in none. */
  orphansFound: number;
  medianMs: number;
  p95Ms: number;
}

export interface UsageReport {
  corpus: string;
  articles: number;
  sample: number;
  orphans: number;
  rows: AppearancesRow[];
}

/** Measures how many of the lists with an article are found by checking the articles that are like it. */
export async function measureAppearances(file: string): Promise<UsageReport> {
  const documents = (await readCorpus(file)).map(toDocument);
  const engine = engineOf(documents);
  const ids = documents.map(({ id }) => id);
  const listOf = (id: string) =>
    (
      engine.related(COLLECTION, id, {
        maxCandidates: SUGGESTION_CAP,
        diversifyTop: PLACES + SPARE_PLACES,
      }) ?? []
    )
      .slice(0, PLACES)
      .map((suggestion) => suggestion.id);
  const inLists = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]));
  for (const id of ids) for (const other of listOf(id)) inLists.get(other)?.add(id);

  const step = Math.max(1, Math.floor(ids.length / SAMPLE));
  const sample = ids.filter((_, at) => at % step === 0).slice(0, SAMPLE);
  const orphans = sample.filter((id) => inLists.get(id)?.size === 0);
  const rows = REACHES.map((reach): AppearancesRow => {
    let there = 0;
    let found = 0;
    let orphansTold = 0;
    const times: number[] = [];
    for (const id of sample) {
      const started = performance.now();
      const query = { minScore: 0, limit: reach, maxCandidates: reach };
      const near = (engine.related(COLLECTION, id, query) ?? []).map((entry) => entry.id);
      const sources = near.filter((other) => listOf(other).includes(id));
      times.push(performance.now() - started);
      there += inLists.get(id)?.size ?? 0;
      found += sources.length;
      if (sources.length === 0) orphansTold += 1;
    }
    times.sort((a, b) => a - b);
    return {
      reach,
      found: found / there,
      orphansFound: orphansTold === 0 ? 1 : orphans.length / orphansTold,
      medianMs: quantile(times, 0.5),
      p95Ms: quantile(times, 0.95),
    };
  });
  return {
    corpus: file,
    articles: ids.length,
    sample: sample.length,
    orphans: orphans.length,
    rows,
  };
}

export function describeAppearances({
  corpus,
  articles,
  sample,
  orphans,
  rows,
}: UsageReport): string {
  const lines = rows.map(({ reach, found, orphansFound, medianMs, p95Ms }) => ({
    'articles asked': reach,
    'of all lists found': found.toFixed(4),
    'told orphans that are': orphansFound.toFixed(4),
    'median ms': medianMs.toFixed(1),
    'p95 ms': p95Ms.toFixed(1),
  }));
  return `${corpus}: ${articles} articles, ${sample} looked at, ${orphans} of them in no list of ${PLACES}\n${table(lines)}`;
}
