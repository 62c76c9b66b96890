import autocannon from 'autocannon';

import { quantile } from '../bench/table';
import { startDatabase, type Kind } from '../tests/helpers/databases';
import { Instance } from './processes';
import { random } from './writes';

const CONNECTIONS = 20;
/** Meanwhile, the client connects and prepares its requests, and new code is compiled. */
const WARM_UP_MS = 5000;

export interface LoadResult {
  database: string;
  articles: number;
  requests: number;
  perSecond: number;
  publications: number;
  seed: number;
  /** Answers other than 200, and requests without one. */
  errors: number;
  /** The CPU time in milliseconds, including publications. */
  cpuPerRequest: number;
  medianMs: number;
  p99Ms: number;
  /** How long it took to read all articles again, and how long requests took meanwhile. */
  reindexSeconds: number;
  medianMeanwhileMs: number;
  p99MeanwhileMs: number;
  /** Resident memory after a tenth of the time and at the end, in MB. */
  memoryBeforeMB: number;
  memoryAfterMB: number;
}

interface Options {
  /** More than five, which are the warm-up. */
  seconds: number;
  rate: number;
  articles: number;
  seed: number;
}

/** Sends requests and publications at a steady pace to one process, with all articles read again in the middle. */
export async function measureLoad(
  kind: Kind,
  { seconds, rate, articles, seed }: Options,
  say: (text: string) => void = () => undefined,
): Promise<LoadResult> {
  if (seconds * 1000 <= WARM_UP_MS)
    throw new Error(`seconds: expected more than 5, got ${seconds}`);
  const database = await startDatabase(kind);
  const env = { RELATED_ARTICLES_SNAPSHOT_INTERVAL: '300', INSTANCE_LOG: 'warn' };
  const instance = await Instance.start(database, { listens: true, env });
  try {
    await instance.call('grant');
    say(`${kind}: making ${articles} articles`);
    await instance.call('fill', { count: articles, seed, hasSubjects: true }, 600_000);
    const next = random(seed);
    const some = () => `article${Math.floor(next() * articles)}`;

    const all: number[] = [];
    const meanwhile: number[] = [];
    let [answered, failed, reindexing, reindexMs, publications] = [0, 0, false, 0, 0];
    let settle: (result: autocannon.Result) => void = () => undefined;
    const finished = new Promise<autocannon.Result>((resolve) => {
      settle = resolve;
    });
    const options = {
      url: `http://127.0.0.1:${instance.port}`,
      connections: CONNECTIONS,
      overallRate: rate,
      duration: seconds,
      requests: Array.from({ length: 500 }, () => ({
        method: 'GET' as const,
        path: `/api/articles/${some()}/related?fields[0]=title&fields[1]=slug`,
      })),
    };
    const begun = performance.now();
    const cpuBefore = await instance.call<number>('cpu');
    const running = autocannon(options, (_error, result) => settle(result));
    running.on('response', (_client, status, _bytes, ms) => {
      answered += 1;
      if (status !== 200) failed += 1;
      if (performance.now() - begun < WARM_UP_MS) return;
      all.push(ms);
      if (reindexing) meanwhile.push(ms);
    });

    let over = false;
    const publishing = (async () => {
      for (let due = performance.now(); !over; due += 1000) {
        const wait = due - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        const seedOfText = seed + publications;
        await instance.call('edit', { documentId: some(), seed: seedOfText, hasSubjects: true });
        publications += 1;
        if (publications % 60 === 0) say(`${kind}: ${publications} publications`);
      }
    })();
    const later = (share: number) =>
      new Promise((resolve) => setTimeout(resolve, seconds * 1000 * share));
    await later(0.1);
    const memoryBefore = await instance.call<number>('memory');
    await later(0.4);
    reindexing = true;
    reindexMs = await instance.call<number>('reindex', undefined, 600_000);
    reindexing = false;
    const { errors, timeouts } = await finished;
    const cpu = (await instance.call<number>('cpu')) - cpuBefore;
    over = true;
    await publishing;
    const memoryAfter = await instance.call<number>('memory');
    const different = await instance.call<string[]>('differences', undefined, 600_000);
    if (different.length > 0) throw new Error(`Seed ${seed}: ${different.slice(0, 5).join('; ')}`);

    for (const times of [all, meanwhile]) times.sort((a, b) => a - b);
    return {
      database: kind,
      articles,
      requests: all.length,
      perSecond: all.length / (seconds - WARM_UP_MS / 1000),
      publications,
      seed,
      errors: failed + errors + timeouts,
      cpuPerRequest: cpu / answered,
      medianMs: quantile(all, 0.5),
      p99Ms: quantile(all, 0.99),
      reindexSeconds: reindexMs / 1000,
      medianMeanwhileMs: quantile(meanwhile, 0.5),
      p99MeanwhileMs: quantile(meanwhile, 0.99),
      memoryBeforeMB: memoryBefore / 1e6,
      memoryAfterMB: memoryAfter / 1e6,
    };
  } finally {
    await instance.kill();
    instance.forget();
    await database.remove();
  }
}
