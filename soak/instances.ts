import { startDatabase, type Kind } from '../tests/helpers/databases';
import { BREAD } from '../tests/helpers/texts';
import { Instance, until } from './processes';
import { random } from './writes';

export interface InstancesResult {
  database: string;
  instances: number;
  rounds: number;
  seed: number;
  /** From the end of a write on one instance until it shows on all, in milliseconds. */
  medianMs: number;
  p99Ms: number;
  longestMs: number;
  heldSeconds: number;
  /** From the commit of the transaction that was held open until it shows on all, in milliseconds. */
  heldShownMs: number;
  pausedSeconds: number;
  /** From the end of the pause until what was written meanwhile shows, in milliseconds. */
  caughtUpMs: number;
  /** Rows in the change log at the end, after trimming as if an hour had passed. */
  logRows: number;
}

interface Options {
  instances: number;
  rounds: number;
  holdSeconds: number;
  pauseSeconds: number;
  seed: number;
}

/** @throws When something does not show, or an index differs from a new one. */
export async function measureInstances(
  kind: Kind,
  { instances: count, rounds, holdSeconds, pauseSeconds, seed }: Options,
  say: (text: string) => void = () => undefined,
): Promise<InstancesResult> {
  const database = await startDatabase(kind);
  const instances: Instance[] = [];
  try {
    for (let i = 0; i < count; i += 1) instances.push(await Instance.start(database));
    const next = random(seed);
    const pick = () => instances[Math.floor(next() * count)];
    const everywhere = async (documentId: string, isThere: boolean) => {
      const has = await Promise.all(
        instances.map((instance) => instance.call('has', documentId, 600_000)),
      );
      return has.every((answer) => answer === isThere);
    };
    const article = (title: string) => ({ title, body: BREAD[1] });

    const delays: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const documentId = await pick().call<string>('publish', article(`Round ${round}`));
      delays.push(await until('published everywhere', () => everywhere(documentId, true)));
      if (next() < 0.7) {
        await pick().call('unpublish', documentId);
        delays.push(await until('withdrawn everywhere', () => everywhere(documentId, false)));
      }
      if ((round + 1) % 20 === 0) say(`${kind}: ${round + 1} rounds`);
    }
    delays.sort((a, b) => a - b);

    say(`${kind}: a transaction stays open for ${holdSeconds} s while others write`);
    const { documentId: held, committed } = await instances[0].hold(
      article('Held'),
      holdSeconds * 1000,
    );
    const commit = committed.catch(() => '');
    for (let i = 0; i < holdSeconds / 5; i += 1) {
      await instances[count - 1].call('write', { seed: seed + i, count: 5 });
      await Promise.race([commit, new Promise((resolve) => setTimeout(resolve, 5000))]);
    }
    await committed;
    const heldShownMs = await until('the held one shows', () => everywhere(held, true));

    say(`${kind}: an instance stands still for ${pauseSeconds} s`);
    const meanwhile = await instances[count - 1].whilePaused(async () => {
      const end = performance.now() + pauseSeconds * 1000;
      let last = '';
      for (let i = 0; performance.now() < end; i += 1) {
        last = await instances[0].call<string>('publish', article(`Meanwhile ${i}`));
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      return last;
    });
    const caughtUpMs = await until('caught up', () => everywhere(meanwhile, true));

    for (const instance of instances) {
      const different = await instance.call<string[]>('differences');
      if (different.length > 0)
        throw new Error(`Seed ${seed}: ${different.slice(0, 5).join('; ')}`);
    }
    // See what the log keeps once its rows are old: instances report every ten seconds how far they are.
    await new Promise((resolve) => setTimeout(resolve, 11_000));
    await instances[0].call('sql', 'update related_articles_changes set created_at = 0');
    await instances[0].call('trim');
    return {
      database: kind,
      instances: count,
      rounds,
      seed,
      medianMs: delays[Math.floor(delays.length / 2)],
      p99Ms: delays[Math.floor(delays.length * 0.99)],
      longestMs: delays[delays.length - 1],
      heldSeconds: holdSeconds,
      heldShownMs,
      pausedSeconds: pauseSeconds,
      caughtUpMs,
      logRows: await instances[0].call<number>('logRows'),
    };
  } finally {
    for (const instance of instances) {
      await instance.kill();
      instance.forget();
    }
    await database.remove();
  }
}
