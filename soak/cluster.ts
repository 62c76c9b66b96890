import autocannon from 'autocannon';

import { quantile } from '../bench/table';
import { startDatabase, type Kind } from '../tests/helpers/databases';
import { startCluster } from '../tests/opensearch/cluster';
import { Instance } from './processes';
import { random } from './writes';

const INSTANCES = 2;
const CONNECTIONS = 10;
/** How many entries of each list are compared with those of a new index. */
const COMPARED = 10;
/** How long after a node is killed requests are counted separately. */
const AROUND_MS = 30_000;

export interface ClusterResult {
  database: string;
  articles: number;
  requests: number;
  perSecond: number;
  publications: number;
  seed: number;
  /** Answers other than 200, and requests without one. */
  errors: number;
  medianMs: number;
  p99Ms: number;
  /** In the thirty seconds after the node was killed. */
  medianKilledMs: number;
  p99KilledMs: number;
  longestKilledMs: number;
  /** Lists whose first ten are not exactly those of a new embedded index: the cluster rounds differently. */
  different: number;
  /** Resident memory of each instance at the end, in MB. */
  memoryMB: string;
}

interface Options {
  seconds: number;
  rate: number;
  articles: number;
  seed: number;
}

/**
 * Sends requests and publications at a steady pace to two instances that share an index in a cluster of three nodes.
 * Kills one node after a third of the time and starts it again after two thirds.
 *
 * @throws If something is missing or counted wrongly at the end, or more than one list in a hundred differs from those
 *   of a new index.
 */
export async function measureCluster(
  kind: Kind,
  { seconds, rate, articles, seed }: Options,
  say: (text: string) => void = () => undefined,
): Promise<ClusterResult> {
  const [cluster, database] = await Promise.all([startCluster(3), startDatabase(kind)]);
  const env = {
    RELATED_ARTICLES_SEARCH_NODES: cluster.urls.join(','),
    RELATED_ARTICLES_SEARCH_PREFIX: 'soak-',
    INSTANCE_LOG: 'warn',
  };
  const instances: Instance[] = [];
  try {
    for (let i = 0; i < INSTANCES; i += 1) {
      instances.push(await Instance.start(database, { listens: true, env }));
    }
    await instances[0].call('grant');
    say(`${kind}: making ${articles} articles`);
    await instances[0].call('fill', { count: articles, seed, hasSubjects: true }, 600_000);
    await instances[1].call('idle', undefined, 600_000);
    const next = random(seed);
    const some = () => `article${Math.floor(next() * articles)}`;

    const all: number[] = [];
    const killed: number[] = [];
    let [failed, publications, killedAt] = [0, 0, Infinity];
    const ask = ({ port }: Instance) =>
      new Promise<autocannon.Result>((resolve) => {
        const options = {
          url: `http://127.0.0.1:${port}`,
          connections: CONNECTIONS,
          overallRate: rate / INSTANCES,
          duration: seconds,
          requests: Array.from({ length: 500 }, () => ({
            method: 'GET' as const,
            path: `/api/articles/${some()}/related?fields[0]=title&fields[1]=slug`,
          })),
        };
        const running = autocannon(options, (_error, result) => resolve(result));
        running.on('response', (_client, status, _bytes, ms) => {
          if (status !== 200) failed += 1;
          all.push(ms);
          const since = performance.now() - killedAt;
          if (since >= 0 && since < AROUND_MS) killed.push(ms);
        });
      });
    const asking = Promise.all(instances.map(ask));

    let over = false;
    const publishing = (async () => {
      for (let due = performance.now(); !over; due += 1000) {
        const wait = due - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        const instance = instances[publications % INSTANCES];
        await instance.call('edit', {
          documentId: some(),
          seed: seed + publications,
          hasSubjects: true,
        });
        publications += 1;
        if (publications % 60 === 0) say(`${kind}: ${publications} publications`);
      }
    })();
    const third = () => new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / 3));
    await third();
    say(`${kind}: a node is killed`);
    killedAt = performance.now();
    await cluster.nodes[0].kill();
    await third();
    say(`${kind}: it comes back`);
    await cluster.nodes[0].start();
    const results = await asking;
    over = true;
    await publishing;
    const memory: number[] = [];
    let different = 0;
    for (const instance of instances) {
      memory.push(await instance.call<number>('memory'));
      const found = await instance.call<string[]>('differences', COMPARED, 600_000);
      different = Math.max(different, found.length);
      const isLost = found.some((one) => one.includes(' beside ')) || found.length > articles / 100;
      if (isLost) throw new Error(`Seed ${seed}: ${found.slice(-5).join('; ')}`);
    }
    for (const times of [all, killed]) times.sort((a, b) => a - b);
    return {
      database: kind,
      articles,
      requests: all.length,
      perSecond: all.length / seconds,
      publications,
      seed,
      errors: results.reduce((sum, { errors, timeouts }) => sum + errors + timeouts, failed),
      medianMs: quantile(all, 0.5),
      p99Ms: quantile(all, 0.99),
      medianKilledMs: quantile(killed, 0.5),
      p99KilledMs: quantile(killed, 0.99),
      longestKilledMs: killed[killed.length - 1],
      different,
      memoryMB: memory.map((bytes) => Math.round(bytes / 1e6)).join(', '),
    };
  } finally {
    for (const instance of instances) {
      await instance.kill();
      instance.forget();
    }
    await database.remove();
    await cluster.stop();
  }
}
