import { once } from 'node:events';
import { appOf } from 'plugin/app';
import { Heartbeats } from 'plugin/changes/heartbeats';
import { Lease } from 'plugin/changes/lease';
import type { RelatedChanged } from 'plugin/revalidation/changed-event';
import { until } from '../../soak/processes';
import { decide } from '../../soak/writes';
import { Receiver } from '../helpers/receiver';
import { startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON, two } from '../helpers/texts';

/* The event that tells sites which pages show other suggestions now. */

const ARTICLE = 'api::article.article';

let running: Running;
let receiver: Receiver;
const told: RelatedChanged[] = [];
const ids: Record<string, string> = {};

const articles = () => running.strapi.documents(ARTICLE);
const publish = async (title: string, body: string) => {
  const data = { title, body };
  ids[title] = (await articles().create({ data, status: 'published' } as never)).documentId;
};
/** The slugs of the entries that the next events name. */
const next = async () => {
  await until('told', async () => told.length > 0, 10_000);
  return told.splice(0).flatMap(({ entries }) => entries.map(({ slug }) => slug)).sort(); // prettier-ignore
};
const nothingMore = async () => {
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(told).toEqual([]);
};

beforeAll(async () => {
  receiver = await Receiver.start();
  running = await startStrapi(undefined, { RELATED_ARTICLES_CHANGED_EVENT: 'true' });
  const { strapi } = running;
  strapi.eventHub.on('related.changed', async (event) => void told.push(event as never));
  const webhook = await strapi.get('webhookStore').createWebhook({
    name: 'Site',
    url: receiver.url,
    headers: {},
    events: ['related.changed'],
    isEnabled: true,
  } as never);
  strapi.get('webhookRunner').add(webhook as never);
  for (const at of [0, 1, 2]) await publish(`Bread ${at}`, two(BREAD, at));
  for (const at of [0, 1, 2]) await publish(`Moon ${at}`, two(MOON, at));
  await running.settled();
  strapi.server.httpServer.listen(0, '127.0.0.1');
  await once(strapi.server.httpServer, 'listening');
  // Lists are learnt in the background.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  told.splice(0);
});
afterAll(async () => {
  await running.stop();
  await receiver.stop();
  delete process.env.RELATED_ARTICLES_CHANGED_EVENT;
});

test('a new article: names its own list and those that show it, nothing else, and once', async () => {
  await publish('Bread 3', two(BREAD, 3));
  await until('told', async () => told.length > 0, 10_000);
  const [{ uid, model, entries, isPartial }] = told;
  expect({ uid, model, isPartial }).toEqual({ uid: ARTICLE, model: 'article', isPartial: false });
  expect(entries.find(({ documentId }) => documentId === ids['Bread 0'])).toEqual({
    documentId: ids['Bread 0'],
    slug: 'bread-0',
    locale: 'en',
    url: '/articles/bread-0',
  });
  expect(await next()).toEqual(['bread-0', 'bread-1', 'bread-2', 'bread-3']);
  await nothingMore();
  expect(receiver.received[0].event).toBe('related.changed');
  expect(receiver.takeSlugs()).toEqual(['bread-0', 'bread-1', 'bread-2', 'bread-3']);
});

test('an edit: names the lists that show the article, since they show its new text', async () => {
  await articles().update({ documentId: ids['Moon 1'], data: { excerpt: 'Another moon' }, status: 'published' } as never); // prettier-ignore
  expect(await next()).toEqual(expect.arrayContaining(['moon-0', 'moon-2']));
});

test('a draft changes no list', async () => {
  await articles().update({ documentId: ids['Moon 1'], data: { title: 'Secret' } } as never);
  await nothingMore();
});

test('an entry that is in no list is named as well, since its own page has changed', async () => {
  await publish('Alone', 'Zebra crossings.');
  expect(await next()).toContain('alone');
  await articles().update({ documentId: ids.Alone, data: { excerpt: 'Stripes' }, status: 'published' } as never); // prettier-ignore
  expect(await next()).toEqual(['alone']);
});

test('no event names a draft that was never published, or a locale that an entry lacks', async () => {
  const { documentId } = await articles().create({ data: { title: 'Secret draft' } } as never);
  await articles().update({ documentId, data: { body: 'secret' } } as never);
  // Nor does a decision about it.
  for (const isHidden of [true, false, true]) {
    await decide(running.strapi, documentId, (before) => ({ ...before, isHidden }));
    await new Promise((resolve) => setTimeout(resolve, 1200));
  }
  await articles().delete({ documentId });
  await nothingMore();
  await running.strapi
    .plugin('i18n')
    .service('locales')
    .create({ code: 'de', name: 'German (de)' });
  await articles().create({ data: { title: 'Brot', body: 'Sauerteig' }, locale: 'de', status: 'published' } as never); // prettier-ignore
  await next();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  told.splice(0);
  await articles().update({ documentId: ids.Alone, data: { excerpt: 'Lines' }, status: 'published' } as never); // prettier-ignore
  await until('told', async () => told.length > 0, 10_000);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(told.splice(0)).toEqual([expect.objectContaining({ removed: [], entries: [expect.objectContaining({ slug: 'alone', locale: 'en' })] })]); // prettier-ignore
}, 30_000);

test('names addresses that are gone: changed slug, withdrawn, deleted', async () => {
  const removed = async () => {
    await until('told', async () => told.some((event) => event.removed.length > 0), 10_000);
    return told.splice(0).flatMap((event) => event.removed);
  };
  const gone = (slug: string) => [{ documentId: ids.Alone, slug, locale: 'en', url: `/articles/${slug}` }]; // prettier-ignore
  const put = (slug: string) => articles().update({ documentId: ids.Alone, data: { slug }, status: 'published' } as never); // prettier-ignore
  await put('lonely');
  expect(await removed()).toEqual(gone('alone'));
  await articles().unpublish({ documentId: ids.Alone });
  expect(await removed()).toEqual(gone('lonely'));
  await articles().publish({ documentId: ids.Alone });
  expect(await next()).toContain('lonely');
  // Another entry has this slug now.
  await put('single');
  await publish('Lonely', 'Zebra crossings and lamps.');
  const { removed: none } = (await until('told', async () => told.length > 0, 10_000), told[0]);
  expect(none.map(({ slug }) => slug)).not.toContain('lonely');
  told.splice(0);
  for (const title of ['Alone', 'Lonely']) await articles().delete({ documentId: ids[title] });
  expect((await removed()).map(({ slug }) => slug).sort()).toEqual(['lonely', 'single']);
});

test('an address that still shows another locale is not named as gone', async () => {
  const data = { title: 'Tomatoes', slug: 'tomato', body: 'Imperial' };
  const { documentId } = await articles().create({ data, status: 'published' } as never);
  await articles().update({ documentId, locale: 'de', data, status: 'published' } as never);
  const names = () =>
    told.flatMap(({ entries }) => entries.filter(({ slug }) => slug === 'tomato'));
  await until('told', async () => names().length === 2, 10_000);
  told.splice(0);
  const removed = async () => {
    await until('told', async () => told.some((event) => event.removed.length > 0), 10_000);
    return told.splice(0).flatMap((event) => event.removed);
  };
  await articles().unpublish({ documentId, locale: 'de' });
  expect(await removed()).toEqual([{ documentId, slug: 'tomato', locale: 'de', url: null }]);
  await articles().unpublish({ documentId, locale: 'en' });
  expect(await removed()).toEqual([{ documentId, slug: 'tomato', locale: 'en', url: '/articles/tomato' }]); // prettier-ignore
}, 30_000);

test('a webhook that was made while this instance runs hears of it, too', async () => {
  const later = await Receiver.start();
  try {
    const { strapi } = running;
    await strapi.get('webhookStore').createWebhook({ name: 'Later', url: later.url, headers: {}, events: ['related.changed'], isEnabled: true } as never); // prettier-ignore
    await articles().update({ documentId: ids['Moon 1'], data: { excerpt: 'A webhook' }, status: 'published' } as never); // prettier-ignore
    await until('received', async () => later.received.length > 0, 10_000);
    expect(later.takeSlugs()).toContain('moon-0');
    // Deleted in the table only, as by another instance.
    const { id } = await strapi.db.query('strapi::webhook').findOne({ where: { name: 'Later' } });
    await strapi.get('webhookStore').deleteWebhook(id);
    told.splice(0);
    later.received.splice(0);
    await articles().update({ documentId: ids['Moon 1'], data: { excerpt: 'No webhook' }, status: 'published' } as never); // prettier-ignore
    await until('told', async () => told.length > 0, 10_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(later.received).toEqual([]);
    told.splice(0);
  } finally {
    await later.stop();
  }
});

test('a pin, and the end of it', async () => {
  const pin = { uid: ARTICLE, documentId: ids['Moon 0'] };
  await decide(running.strapi, ids['Bread 0'], (before) => ({ ...before, pins: [pin] }));
  expect(await next()).toEqual(['bread-0']);
  await decide(running.strapi, ids['Bread 0'], (before) => ({ ...before, pins: [] }));
  expect(await next()).toEqual(['bread-0']);
});

test('an entry that is never suggested any more', async () => {
  await decide(running.strapi, ids['Moon 2'], (before) => ({ ...before, isHidden: true }));
  expect(await next()).toEqual(expect.arrayContaining(['moon-0', 'moon-1']));
  await decide(running.strapi, ids['Moon 2'], (before) => ({ ...before, isHidden: false }));
  expect(await next()).toEqual(expect.arrayContaining(['moon-0', 'moon-1']));
});

test('a pin to an entry that is never suggested ties no page to it', async () => {
  const pin = { uid: ARTICLE, documentId: ids['Moon 2'] };
  await decide(running.strapi, ids['Bread 0'], (before) => ({ ...before, pins: [pin] }));
  expect(await next()).toEqual(['bread-0']);
  await decide(running.strapi, ids['Moon 2'], (before) => ({ ...before, isHidden: true }));
  expect(await next()).toEqual(expect.arrayContaining(['bread-0', 'moon-0', 'moon-1']));
  await articles().update({ documentId: ids['Moon 2'], data: { excerpt: 'Behind clouds' }, status: 'published' } as never); // prettier-ignore
  expect(await next()).toEqual(['moon-2']);
  await decide(running.strapi, ids['Moon 2'], (before) => ({ ...before, isHidden: false }));
  expect(await next()).toEqual(expect.arrayContaining(['bread-0', 'moon-0', 'moon-1']));
  await decide(running.strapi, ids['Bread 0'], (before) => ({ ...before, pins: [] }));
  expect(await next()).toEqual(['bread-0']);
});

test('many writes at once make one event; withdrawn entries are not among its pages', async () => {
  for (const at of [0, 1, 2, 3]) await articles().unpublish({ documentId: ids[`Bread ${at}`] });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(told.splice(0).flatMap(({ entries }) => entries).filter(({ slug }) => slug?.startsWith('bread'))).toEqual([]); // prettier-ignore
  await publish('Moon 3', two(MOON, 3));
  for (const at of [0, 1, 2, 3]) await articles().publish({ documentId: ids[`Bread ${at}`] });
  await until('told', async () => told.length > 0, 10_000);
  expect(told).toHaveLength(1);
  expect(await next()).toEqual(expect.arrayContaining(['bread-0', 'bread-3', 'moon-0', 'moon-3']));
});

test('a listener that keeps failing keeps nothing from webhooks, which hear of each event once', async () => {
  const hook = await Receiver.start();
  const { strapi } = running;
  const store = strapi.get('webhookStore');
  const other = jest.fn();
  const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 500));
  const removers = [
    strapi.eventHub.on('entry.publish', slow),
    strapi.eventHub.on('entry.publish', other),
    strapi.eventHub.on('related.changed', () => Promise.reject(new Error('The site is away'))),
  ] as unknown as (() => void)[];
  try {
    await store.createWebhook({ name: 'Both', url: hook.url, headers: {}, events: ['related.changed', 'entry.publish'], isEnabled: true } as never); // prettier-ignore
    const change = (excerpt: string) => articles().update({ documentId: ids['Moon 1'], data: { excerpt }, status: 'published' } as never); // prettier-ignore
    for (const excerpt of ['One', 'Two', 'Three']) {
      hook.received.splice(0);
      told.splice(0);
      await change(excerpt);
      await until('given up', async () => told.length >= 3, 20_000);
      const heard = hook.received.filter(({ event }) => event === 'related.changed');
      // Before it was learnt by the first event, it heard of nothing else.
      expect([excerpt, heard.length]).toEqual([excerpt, 1]);
    }
    expect(hook.received.map(({ event }) => event)).toContain('entry.publish');
    expect(other).toHaveBeenCalledTimes(3);
    expect(told[0].isPartial).toBe(true);
  } finally {
    for (const remove of removers) remove();
    const { id } = await strapi.db.query('strapi::webhook').findOne({ where: { name: 'Both' } });
    await store.deleteWebhook(id);
    await hook.stop();
    told.splice(0);
  }
}, 90_000);

test('a listener that fails loses no event, and one that hangs delays neither others nor the shutdown', async () => {
  const { strapi } = running;
  let tries = 0;
  const failing = async () => {
    tries += 1;
    if (tries === 1) throw new Error('The site is away');
  };
  const remove = strapi.eventHub.on('related.changed', failing) as unknown as () => void;
  await articles().update({ documentId: ids['Moon 1'], data: { excerpt: 'Once more' }, status: 'published' } as never); // prettier-ignore
  await until('tried again', async () => tries === 2, 10_000);
  remove();
  expect(await next()).toEqual(expect.arrayContaining(['moon-0', 'moon-3']));
  strapi.eventHub.on('related.changed', () => new Promise(() => undefined));
  await articles().update({ documentId: ids['Moon 1'], data: { excerpt: 'And again' }, status: 'published' } as never); // prettier-ignore
  expect(await next()).toEqual(expect.arrayContaining(['moon-0', 'moon-3']));
});

test('a lease or instance left by a clock that was ahead does not hold up others', async () => {
  const { db } = running.strapi;
  const name = 'tried';
  const lease = (holder: string) => new Lease({ db, name, holder, durationMs: 15_000 });
  expect(await lease('one').hold()).toBe(true);
  expect(await lease('other').hold()).toBe(false);
  await db.connection('related_articles_leases').where({ name }).increment('expires_at', 600_000); // prettier-ignore
  expect(await lease('other').hold()).toBe(true);
  await db.connection('related_articles_leases').where({ name }).delete();
  const beats = new Heartbeats(db);
  await beats.send(1);
  const isLive = async () => (await beats.live()).some(({ id }) => id === beats.own);
  expect(await isLive()).toBe(true);
  await db.connection('related_articles_instances').where({ id: beats.own }).increment('seen_at', 86_400_000); // prettier-ignore
  expect(await isLive()).toBe(false);
  await beats.leave();
});

test('events about writes before the lists are known, or while nobody reported them, are partial', async () => {
  const { folder } = running;
  const started = performance.now();
  await running.strapi.destroy();
  expect(performance.now() - started).toBeLessThan(15_000);
  const env = { RELATED_ARTICLES_CHANGED_EVENT: 'true' };
  running = await startStrapi(folder, env);
  const { strapi } = running;
  strapi.eventHub.on('related.changed', async (event) => void told.push(event as never));
  told.splice(0);
  // The server does not listen yet, so nothing is sent.
  await articles().unpublish({ documentId: ids['Moon 0'] });
  await running.settled();
  await appOf(strapi).index.check('deep');
  strapi.server.httpServer.listen(0, '127.0.0.1');
  await until('told', async () => told.length > 0, 40_000);
  expect(told[0]).toEqual({
    uid: ARTICLE,
    model: 'article',
    entries: [],
    removed: [],
    isPartial: true,
  });
});

test('the next event makes up for one that somebody refused, even after a restart', async () => {
  const { folder } = running;
  let refusals = 0;
  running.strapi.eventHub.on('related.changed', async () => {
    refusals += 1;
    throw new Error('The site is away');
  });
  await articles().update({ documentId: ids['Moon 1'], data: { excerpt: 'Refused' }, status: 'published' } as never); // prettier-ignore
  await until('given up', async () => refusals === 3, 30_000);
  const position = async () => {
    const [row] = await running.strapi.db.connection('related_articles_leases').where({ name: 'related.changed' }); // prettier-ignore
    return Number(row.position);
  };
  await until('noted', async () => (await position()) === -1, 5000);
  const { troubles } = appOf(running.strapi).index.health();
  expect(troubles.map(({ message }) => message).join()).toContain(
    'a listener has refused related.changed',
  );
  await running.strapi.destroy();
  running = await startStrapi(folder, { RELATED_ARTICLES_CHANGED_EVENT: 'true' });
  const { strapi } = running;
  strapi.eventHub.on('related.changed', async (event) => void told.push(event as never));
  told.splice(0);
  strapi.server.httpServer.listen(0, '127.0.0.1');
  await until('told', async () => told.length > 0, 40_000);
  expect(told.map(({ isPartial }) => isPartial)).toEqual([true]);
  await until('noted', async () => (await position()) > 0, 5000);
}, 90_000);

test('names what was withdrawn a moment before settings are saved', async () => {
  const { strapi } = running;
  await until('learnt', async () => {
    told.splice(0);
    await articles().update({ documentId: ids['Moon 1'], data: { excerpt: `${Math.random()}` }, status: 'published' } as never); // prettier-ignore
    await until('told', async () => told.length > 0, 15_000);
    return !told[0].isPartial;
  }, 60_000); // prettier-ignore
  told.splice(0);
  await articles().unpublish({ documentId: ids['Moon 2'] });
  const data = { targetType: ARTICLE, settings: { limit: 4 }, revision: 1, history: [] };
  await strapi.db.query('plugin::related-articles.setting').create({ data });
  await until('told', async () => told.some(({ isPartial }) => isPartial), 15_000);
  expect(told.flatMap(({ removed }) => removed.map(({ slug }) => slug))).toEqual(['moon-2']);
}, 90_000);
