import knex from 'knex';

import { startDatabase, type TestDatabase } from '../helpers/databases';
import { BREAD } from '../helpers/texts';
import { bundleInstance, Instance, until } from '../../soak/processes';
import { startCluster, type Cluster } from './cluster';

/* Two instances of Strapi on one database and one index, and a cluster of three nodes, some of which go away. */

const article = (title: string) => ({ title, body: BREAD[1] });
/** How long another instance may take to keep the index after the keeper has failed, with room for a busy machine. */
const TAKEOVER_MS = 60_000;

let cluster: Cluster;
let database: TestDatabase;
let instances: Instance[] = [];

const start = (env: Record<string, string> = {}) =>
  Instance.start(database, {
    listens: true,
    env: {
      ...env,
      RELATED_ARTICLES_SEARCH_NODES: cluster.urls.join(','),
      RELATED_ARTICLES_SEARCH_PREFIX: 'instances-',
    },
  });

beforeAll(async () => {
  bundleInstance();
  [cluster, database] = await Promise.all([startCluster(3), startDatabase('postgres')]);
  instances.push(await start());
  await instances[0].call('write', { seed: 1, count: 40 });
  instances.push(await start());
  for (const instance of instances) await instance.call('idle');
});
afterAll(async () => {
  for (const instance of instances) {
    await instance.kill();
    instance.forget();
  }
  await database?.remove();
  await cluster?.stop();
});
afterEach(async () => {
  for (const instance of instances) expect(await instance.call('differences')).toEqual([]);
});

const everywhere = async (documentId: string, isThere: boolean) => {
  const has = await Promise.all(instances.map((instance) => instance.call('has', documentId)));
  return has.every((answer) => answer === isThere);
};

async function keeper(): Promise<[keeper: Instance, other: Instance]> {
  const keeps = await Promise.all(instances.map((instance) => instance.call<boolean>('keeps')));
  expect(keeps.filter(Boolean)).toHaveLength(1);
  return keeps[0] ? [instances[0], instances[1]] : [instances[1], instances[0]];
}

test('one of them keeps the index; what either publishes and withdraws shows on both', async () => {
  for (const instance of await keeper()) {
    const documentId = await instance.call<string>('publish', article('On one'));
    await until('published', () => everywhere(documentId, true));
    await instance.call('unpublish', documentId);
    await until('withdrawn', () => everywhere(documentId, false));
  }
  // Each instance asks for new counts in its own time.
  for (const instance of instances) await instance.call('idle');
  expect(await instances[0].call('lists')).toEqual(await instances[1].call('lists'));
});

test('callers who wait for either are answered even while writing goes on', async () => {
  const [kept, other] = await keeper();
  let isOver = false;
  const writing = Array.from({ length: 3 }, async () => {
    while (!isOver) await kept.call('publish', article('Written all the time'));
  });
  try {
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 20_000).unref());
    const answers = [kept, other].map((one) =>
      Promise.race([one.call('idle').then(() => 'answered'), late]),
    );
    expect(await Promise.all(answers)).toEqual(['answered', 'answered']);
  } finally {
    isOver = true;
    await Promise.all(writing.map((one) => one.catch(() => undefined)));
  }
});

test('if the keeper is killed in the middle of writes, another one goes on', async () => {
  const [kept, other] = await keeper();
  const writing = kept.call('write', { seed: 5, count: 500 }).catch(() => undefined);
  await until('some writes', async () => kept.progress > 30);
  await kept.kill();
  await writing;
  kept.forget();
  instances = [other];
  await until('taken over', () => other.call<boolean>('keeps'), TAKEOVER_MS);
  const documentId = await other.call<string>('publish', article('After it'));
  await until('published', () => everywhere(documentId, true));
  instances.push(await start());
});

test('if the keeper stands still, another one goes on; when it wakes, it overwrites nothing', async () => {
  const [kept, other] = await keeper();
  await kept.call('write', { seed: 6, count: 20 });
  const documentId = await kept.whilePaused(async () => {
    await until('taken over', () => other.call<boolean>('keeps'), TAKEOVER_MS);
    await other.call('write', { seed: 7, count: 30 });
    return other.call<string>('publish', article('Meanwhile'));
  });
  await until('one alone keeps it', async () => !(await kept.call<boolean>('keeps')), TAKEOVER_MS);
  await until('caught up', () => everywhere(documentId, true));
  await keeper();
});

test('readers do not notice a node that is lost, and nothing written meanwhile is lost', async () => {
  const [, other] = await keeper();
  const source = await other.call<string>('publish', article('Read all the time'));
  await other.call('grant');
  await until('published', () => everywhere(source, true));
  const answers = new Map<number, number>();
  let isOver = false;
  const read = async (instance: Instance) => {
    const url = `http://127.0.0.1:${instance.port}/api/articles/${source}/related`;
    while (!isOver) {
      const { status } = await fetch(url);
      answers.set(status, (answers.get(status) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const reading = instances.map(read);
  const published: string[] = [];
  const publish = async (count: number) => {
    for (let at = 0; at < count; at += 1) {
      published.push(await other.call<string>('publish', article(`Lost node ${published.length}`)));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  await publish(3);
  await cluster.nodes[0].kill();
  await publish(10);
  await cluster.nodes[0].start();
  await publish(3);
  isOver = true;
  await Promise.all(reading);
  expect([...answers.keys()]).toEqual([200]);
  for (const documentId of published) await until('published', () => everywhere(documentId, true));
});

test.each([
  ['everything', (names: string[]) => names],
  ['the catalog', (names: string[]) => names.filter((name) => name.endsWith('-catalog'))],
  ['an index of documents', (names: string[]) => names.filter((name) => /-article-/.test(name))],
])('%s that is gone from the cluster is rebuilt automatically', async (_, chosen) => {
  const [kept] = await keeper();
  const [url] = cluster.urls;
  const answer = await fetch(`${url}/_cat/indices/instances-*?format=json`);
  const names = ((await answer.json()) as { index: string }[]).map(({ index }) => index);
  const gone = chosen(names);
  expect(gone.length).toBeGreaterThan(0);
  for (const name of gone) expect((await fetch(`${url}/${name}`, { method: 'DELETE' })).status).toBe(200); // prettier-ignore
  const documentId = await kept.call<string>('publish', article('After the loss'));
  const isWhole = async () => {
    if (!(await everywhere(documentId, true))) return false;
    const found = await Promise.all(instances.map((one) => one.call<string[]>('differences')));
    return found.every(({ length }) => length === 0);
  };
  // There are no lists before the loss is noticed and mended.
  await until('all is there', () => isWhole().catch(() => false), TAKEOVER_MS);
  const { progress } = await kept.call<{ progress: { ready: boolean } }>('health');
  expect(progress.ready).toBe(true);
});

test('a cluster that is away holds up no save, and the index catches up by itself', async () => {
  const [kept] = await keeper();
  await Promise.all(cluster.nodes.map((node) => node.close()));
  const began = performance.now();
  const documentId = await kept.call<string>('publish', article('Without a cluster'));
  expect(performance.now() - began).toBeLessThan(5000);
  await until('it is told', async () => {
    const { troubles } = await kept.call<{ troubles: { message: string }[] }>('health');
    return troubles.some(({ message }) => /cluster is not available/.test(message));
  });
  await Promise.all(cluster.nodes.map((node) => node.start()));
  const isThere = () => everywhere(documentId, true).catch(() => false);
  await until('published', isThere, TAKEOVER_MS);
  for (const instance of instances) {
    let troubles: object[] = [];
    const isWell = async () => {
      ({ troubles } = await instance.call<{ troubles: object[] }>('health'));
      return troubles.length === 0;
    };
    await until('all is well', isWell, TAKEOVER_MS).catch(() => undefined);
    expect(troubles).toEqual([]);
  }
});

test('a site with a copy of the database leaves the index alone', async () => {
  const [kept] = await keeper();
  const documentId = await kept.call<string>('publish', article('Of the original'));
  await until('published', () => everywhere(documentId, true));
  await copyDatabase();
  const copy = await start({ DATABASE_NAME: 'copy' });
  try {
    await until('it is told', () => says(copy, /another site writes to indexes with the same prefix/), TAKEOVER_MS); // prettier-ignore
    await copy.call('unpublish', documentId);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect(await everywhere(documentId, true)).toBe(true);
    for (const instance of instances) expect(await says(instance, /another site/)).toBe(false);
    // While the original is stopped, the copy may write; then the original takes its indexes back.
    for (const instance of instances) await instance.kill();
    await until('the copy writes', async () => !(await says(copy, /another site/)), TAKEOVER_MS);
    for (let at = 0; at < instances.length; at += 1) {
      instances[at].forget();
      instances[at] = await start();
    }
    await until('the copy is told', () => says(copy, /another site/), TAKEOVER_MS);
    await until('published again', () => everywhere(documentId, true), TAKEOVER_MS);
    for (const instance of instances) expect(await says(instance, /another site/)).toBe(false);
  } finally {
    await copy.kill();
    copy.forget();
  }
});

async function says(instance: Instance, words: RegExp): Promise<boolean> {
  const { troubles } = await instance.call<{ troubles: { message: string }[] }>('health');
  return troubles.some(({ message }) => words.test(message));
}

/** Makes a copy of the database. PostgreSQL ends all connections to it first, and instances connect again. */
async function copyDatabase(): Promise<void> {
  const { DATABASE_PORT: port, DATABASE_USERNAME: user, DATABASE_PASSWORD: password } = database.env; // prettier-ignore
  const connection = { host: '127.0.0.1', port: Number(port), user, password, database: 'postgres' }; // prettier-ignore
  const admin = knex({ client: 'pg', connection });
  const copied = async () => {
    await admin.raw("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'strapi'"); // prettier-ignore
    return admin.raw('create database copy template strapi').then(() => true, () => false); // prettier-ignore
  };
  try {
    await until('copied', copied);
  } finally {
    await admin.destroy();
  }
}
