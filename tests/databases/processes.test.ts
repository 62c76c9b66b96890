import { DATABASE, startDatabase, type Kind, type TestDatabase } from '../helpers/databases';
import { Receiver } from '../helpers/receiver';
import { BREAD } from '../helpers/texts';
import { measureKills } from '../../soak/kills';
import { bundleInstance, Instance, until } from '../../soak/processes';

const article = (title: string) => ({ title, body: BREAD[1] });

/** Several processes on one database: ended, paused and cut off. */
function describeProcesses(kind: Kind, instanceCount: number): void {
  let database: TestDatabase;
  let instances: Instance[] = [];

  const env = { RELATED_ARTICLES_CHANGED_EVENT: 'true' };
  const start = () => Instance.start(database, { listens: true, env });

  beforeAll(async () => {
    bundleInstance();
    database = await startDatabase(kind);
    instances.push(await start());
    await instances[0].call('write', { seed: 1, count: 40 });
    for (let i = 1; i < instanceCount; i += 1) instances.push(await start());
    for (const instance of instances) await instance.call('idle');
  });
  afterAll(async () => {
    for (const instance of instances) {
      await instance.kill();
      instance.forget();
    }
    await database?.remove();
  });
  afterEach(async () => {
    for (const instance of instances) expect(await instance.call('differences')).toEqual([]);
  });

  const everywhere = async (documentId: string, isThere: boolean) => {
    const has = await Promise.all(instances.map((instance) => instance.call('has', documentId)));
    return has.every((answer) => answer === isThere);
  };

  test(`${kind}: what one instance publishes and withdraws shows on the others`, async () => {
    const documentId = await instances[0].call<string>('publish', article('On one'));
    await until('published everywhere', () => everywhere(documentId, true));
    await instances[instanceCount - 1].call('unpublish', documentId);
    // How soon: npm run soak -- instances.
    await until('withdrawn everywhere', () => everywhere(documentId, false));
  });

  test(`${kind}: one instance reads all lists for all instances, and again after a write`, async () => {
    interface Figures {
      appearsOn: Record<string, number>;
      madeAt: number;
    }
    // Figures made by one instance serve all, as soon as the others have read them.
    const figures = async () => {
      let all: Figures[] = [];
      await until(
        'all have the same',
        async () => {
          all = await Promise.all(instances.map((one) => one.call<Figures>('figures')));
          return new Set(all.map(({ madeAt }) => madeAt)).size === 1;
        },
        120_000,
      );
      return all;
    };
    const compare = async (all: Figures[]) => {
      const counted: Record<string, number> = {};
      const lists = await instances[0].call<[string, string[]][]>('shown');
      for (const [id] of lists) counted[id] ??= 0;
      for (const [, shown] of lists) for (const id of shown) counted[id] = (counted[id] ?? 0) + 1;
      for (const { appearsOn } of all) expect(appearsOn).toEqual(counted);
    };
    await compare(await figures());
    const documentId = await instances[instanceCount - 1].call<string>('publish', article('Seen'));
    await until('published everywhere', () => everywhere(documentId, true));
    const second = await figures();
    expect(Object.keys(second[0].appearsOn)).toContain(documentId);
    await compare(second);
    // A restart loses nothing. Restarts the last instance, because the first reports whose lists change.
    const last = instanceCount - 1;
    await instances[last].kill();
    instances[last].forget();
    instances[last] = await start();
    await instances[last].call('idle');
    await compare(await figures());
    expect((await figures())[last].madeAt).toBe(second[0].madeAt);
  });

  test(`${kind}: what an editor pins on one instance comes first on the others`, async () => {
    const [source, pin] = await Promise.all(
      ['Curated', 'Pinned'].map((title) =>
        instances[0].call<string>('publish', { title, body: title }),
      ),
    );
    await instances[instanceCount - 1].call('pin', [source, pin]);
    await until('pinned everywhere', async () => {
      const firsts = await Promise.all(instances.map((instance) => instance.call('first', source)));
      return firsts.every((id) => id === pin);
    });
  });

  test(`${kind}: settings saved on one instance apply on the others`, async () => {
    const limits = () => Promise.all(instances.map((one) => one.call<number>('limit')));
    const before = await limits();
    for (const limit of [3, before[0]]) {
      await instances[instanceCount - 1].call('setLimit', limit);
      await until('set everywhere', async () => (await limits()).every((one) => one === limit));
    }
  });

  const writes = 60;
  test(`${kind}: ${writes} random writes on one instance: no stale 304 on another`, async () => {
    const [writer, other] = [instances[0], instances[instanceCount - 1]];
    await writer.call('grant');
    for (const at of [0, 1, 2]) await writer.call('publish', article(`Asked ${at}`));
    await other.call('check', 'deep');
    const asked = [0, 1, 2].map((at) => `asked-${at}`).join(',');
    const place = `/api/related-articles/articles?documentIds=${asked}&populate=*`;
    const told = { unchanged: 0, changed: 0, confirmed: 0 };
    let tag = '';
    for (let write = 0; write < writes; write += 1) {
      await writer.call('writeAround', 20261126);
      const confirm = (known: string) =>
        fetch(`http://127.0.0.1:${other.port}${place}`, { headers: { 'If-None-Match': known } });
      const first = await confirm(tag);
      const truth = await other.call<{ status: number; tag: string }>('askAfresh', place);
      expect(truth.status).toBe(200);
      if (first.status === 304) expect([write, tag]).toEqual([write, truth.tag]);
      told[truth.tag === tag ? 'unchanged' : 'changed'] += 1;
      tag = truth.tag;
      if ((await confirm(tag)).status === 304) told.confirmed += 1;
    }
    // How often the answer changes depends on when one of its entries is withdrawn.
    expect(told.changed).toBeGreaterThan(writes / 50);
    expect(told.unchanged).toBeGreaterThan(writes / 10);
    // Heartbeats and checks sometimes come in between.
    expect(told.confirmed).toBeGreaterThan(0.9 * writes);
  });

  test(`${kind}: only one instance reports whose lists change, and another one once it is gone`, async () => {
    const receiver = await Receiver.start();
    for (const instance of instances) await instance.call('sendChanged', receiver.url);
    const title = (at: number) => `Told of number ${at}`;
    const slugOf = (at: number) => `told-of-number-${at}`;
    const tell = async (at: number, by: Instance) => {
      receiver.takeSlugs();
      await by.call('publish', { title: title(at), body: `${BREAD[2]} ${title(at)}` });
      const isNamed = async () => receiver.received.some(({ entries }) => entries.some(({ slug }) => slug === slugOf(at))); // prettier-ignore
      await until('told', isNamed, 40_000);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      return receiver.takeSlugs().filter((slug) => slug === slugOf(at));
    };
    for (const [at, by] of instances.entries()) expect(await tell(at, by)).toEqual([slugOf(at)]);
    const last = instances[instanceCount - 1];
    for (const instance of instances.slice(0, -1)) await instance.kill();
    // While nobody holds the lease, nobody knows what lists were like before a write.
    await last.call('publish', article('Told by nobody'));
    await until('told', async () => receiver.received.some(({ isPartial }) => isPartial), 40_000);
    expect(await tell(instanceCount, last)).toEqual([slugOf(instanceCount)]);
    for (let i = 0; i < instanceCount - 1; i += 1) {
      instances[i].forget();
      instances[i] = await start();
      await instances[i].call('idle');
    }
    await receiver.stop();
  });

  test(`${kind}: writes on all instances at once give one index`, async () => {
    await Promise.all(
      instances.map((instance, i) => instance.call('write', { seed: 100 + i, count: 60 })),
    );
    const lists = await Promise.all(
      instances.map(async (instance) => {
        await instance.call('idle');
        return instance.call('lists');
      }),
    );
    for (const other of lists.slice(1)) expect(other).toEqual(lists[0]);
  });

  /** A write that changes no value takes the same lock as a change. */
  const canWrite = () =>
    instances[0]
      .call('sql', 'update related_articles_instances set seen_at = seen_at', 20_000)
      .then(
        () => true,
        () => false,
      );

  test(`${kind}: a paused instance catches up`, async () => {
    const last = instances[instanceCount - 1];
    const documentId = await last.whilePaused(async () => {
      await instances[0].call('write', { seed: 7, count: 30 });
      return instances[0].call<string>('publish', article('Meanwhile'));
    }, canWrite);
    await until('caught up', () => everywhere(documentId, true));
  });

  test(`${kind}: an instance that slept past the trim point reads everything again`, async () => {
    const last = instances[instanceCount - 1];
    const documentId = await last.whilePaused(async () => {
      const published = await instances[0].call<string>('publish', article('Trimmed'));
      await instances[0].call('write', { seed: 8, count: 10 });
      await instances[0].call('idle');
      // An hour goes by.
      for (const table of ['changes set created_at', 'instances set seen_at']) {
        await instances[0].call('sql', `update related_articles_${table} = 0`);
      }
      const before = await instances[0].call<number>('logRows');
      await instances[0].call('trim');
      expect(await instances[0].call('logRows')).toBeLessThan(before);
      return published;
    }, canWrite);
    await until('read again', () => everywhere(documentId, true));
  });

  test(`${kind}: a transaction held open while others go on is not lost`, async () => {
    // SQLite has one writer at a time; the others wait.
    const hasOneWriter = kind === 'sqlite';
    const { documentId, committed } = await instances[0].hold(article('Held'), hasOneWriter ? 4000 : 60_000, 1200); // prettier-ignore
    if (!hasOneWriter) {
      await instances[instanceCount - 1].call('write', { seed: 9, count: 20 });
      expect(await everywhere(documentId, false)).toBe(true);
      await instances[0].call('letGo');
    }
    await committed;
    await until('the held one shows', () => everywhere(documentId, true));
  });

  test(`${kind}: a database that goes away for a while loses nothing`, async () => {
    const documentId = await instances[0].call<string>('publish', article('Before'));
    await until('published everywhere', () => everywhere(documentId, true));
    // After a write, Strapi reads the entry again for its own events, and exits if that fails: let it finish.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await database.stop();
    if (kind !== 'sqlite') {
      const health = () => instances[0].call<{ troubles: object[] }>('health');
      await until('trouble is told', async () => (await health()).troubles.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
    await database.start();
    await until('in step again', async () => {
      await instances[0].call('unpublish', documentId);
      return everywhere(documentId, false);
    });
    for (const instance of instances) {
      let troubles: object[] = [];
      const isWell = async () => {
        ({ troubles } = await instance.call<{ troubles: object[] }>('health'));
        return troubles.length === 0;
      };
      // A problem that a deep check met ends with the next quick check, at most a minute later.
      await until('all is well', isWell, 90_000).catch(() => undefined);
      // Says which trouble is left.
      expect(troubles).toEqual([]);
    }
  });

  test(`${kind}: killed in the middle of writes, the index equals a new one after each start`, async () => {
    for (const instance of instances) {
      await instance.kill();
      instance.forget();
    }
    instances = [];
    const result = await measureKills(database, { kills: 2, writes: 120, seed: 20261125 });
    expect(result.rebuilds).toBe(0);
    expect(result.documents).toBeGreaterThan(10);
  });
}

describeProcesses(DATABASE, DATABASE === 'postgres' ? 3 : 2);
