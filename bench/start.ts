import fs from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Core } from '@strapi/strapi';
import { appOf } from 'plugin/app';
import type { ArticleLine } from 'plugin/cli/articles-file';

import { insertArticles } from './rows';
import { createSite } from './site';
import { table } from './table';

export interface StartRow {
  /** Whether the index was saved before. */
  from: 'database' | 'snapshot';
  articles: number;
  /** From the start of the plugin until all are in the index. */
  seconds: number;
  /** From the start of Strapi. */
  totalSeconds: number;
  /** How late the event loop was meanwhile: how long a request would have waited. */
  medianMs: number;
  p99Ms: number;
  longestMs: number;
  memoryMB: number;
}

/** Measures how busy a start keeps a server that could answer, while it reads generated articles from SQLite. */
export async function measureStart(
  root: string,
  sources: readonly ArticleLine[],
  size: number,
): Promise<StartRow[]> {
  const { folder, load } = createSite(root);
  try {
    // Tables first, then the rows.
    const empty = await load();
    await insertArticles(empty, sources, size);
    await empty.destroy();
    fs.rmSync(path.join(folder, 'index'), { recursive: true, force: true });

    return [await start(load, 'database', size), await start(load, 'snapshot', size)];
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function start(
  load: () => Promise<Core.Strapi>,
  from: StartRow['from'],
  size: number,
): Promise<StartRow> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const begun = performance.now();
  const strapi = await load();
  const started = performance.now();
  delay.enable();
  await appOf(strapi).index.idle();
  delay.disable();
  const [seconds, totalSeconds] = [started, begun].map(
    (since) => (performance.now() - since) / 1000,
  );
  const { stats } = await appOf(strapi).index.status();
  if (stats.documents !== size) throw new Error(`${stats.documents} of ${size} are indexed.`);
  // Saves the index.
  await strapi.destroy();
  // The histogram includes its own period.
  const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - 1);
  return {
    from,
    articles: size,
    seconds,
    totalSeconds,
    medianMs: ms(delay.percentile(50)),
    p99Ms: ms(delay.percentile(99)),
    longestMs: ms(delay.max),
    memoryMB: stats.bytes / 1e6,
  };
}

export function describeStart(rows: readonly StartRow[]): string {
  return table(
    rows.map((row) => ({
      from: row.from,
      articles: row.articles,
      'ready after s': row.seconds.toFixed(1),
      "with Strapi's start": row.totalSeconds.toFixed(1),
      'delay median ms': row.medianMs.toFixed(1),
      'p99 ms': row.p99Ms.toFixed(1),
      'longest ms': row.longestMs.toFixed(0),
      'index MB': row.memoryMB.toFixed(0),
    })),
  );
}
