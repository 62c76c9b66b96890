import type { TestDatabase } from '../tests/helpers/databases';
import { Instance } from './processes';
import { random } from './writes';

export interface KillsResult {
  database: string;
  kills: number;
  writes: number;
  seed: number;
  /** Starts that could not use the saved index. */
  rebuilds: number;
  /** Documents in the index at the end. */
  documents: number;
  /** From the start of the process to an up-to-date index, in milliseconds. */
  medianStartMs: number;
  longestStartMs: number;
}

/**
 * Kills a process in the middle of mixed writes, at a random moment, again and again; after each start the index must
 * equal a new one.
 *
 * @param writes How many writes each life has; the kill comes somewhere among them.
 * @throws If the index differs, with the seed and what differs.
 */
export async function measureKills(
  database: TestDatabase,
  { kills, writes, seed }: { kills: number; writes: number; seed: number },
  say: (text: string) => void = () => undefined,
): Promise<KillsResult> {
  const next = random(seed);
  const starts: number[] = [];
  let rebuilds = 0;
  let done = 0;
  let instance = await Instance.start(database);
  await instance.call('idle');
  await instance.call('save');
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      const at = Math.floor(next() * writes);
      instance.progress = 0;
      const life = instance;
      const writing = life
        .call('write', { seed: seed + kill, count: writes }, 600_000)
        .catch((error: Error) => {
          if (!/ended with SIGKILL/.test(error.message)) throw error;
        });
      const reached = async () => {
        while (life.progress < at) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      await Promise.race([writing, reached()]);
      // Somewhere within the next writes, or while the index is saved.
      await new Promise((resolve) => setTimeout(resolve, next() * 60));
      await life.kill();
      await writing;
      done += life.progress;

      const started = performance.now();
      instance = await Instance.start(database, { folder: life.folder });
      await instance.call('idle');
      starts.push(performance.now() - started);
      const { from } = await instance.call<{ from: string }>('health');
      if (from !== 'snapshot') rebuilds += 1;
      const different = await instance.call<string[]>('differences');
      if (different.length > 0) {
        throw new Error(
          `Seed ${seed}, kill ${kill} of ${database.kind}: ${different.length} lists differ: ${different.slice(0, 5).join('; ')}`,
        );
      }
      say(
        `${database.kind}: kill ${kill} of ${kills} after ${done} writes, in step after ${Math.round(starts[starts.length - 1])} ms`,
      );
    }
    const documents = await instance.call<number>('count');
    const sorted = [...starts].sort((a, b) => a - b);
    return {
      database: database.kind,
      kills,
      writes: done,
      seed,
      rebuilds,
      documents,
      medianStartMs: sorted[Math.floor(sorted.length / 2)],
      longestStartMs: sorted[sorted.length - 1],
    };
  } finally {
    await instance.kill();
    instance.forget();
  }
}
