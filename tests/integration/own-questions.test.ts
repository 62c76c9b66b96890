import { AsyncLocalStorage } from 'node:async_hooks';
import type { UID } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import { appOf } from 'plugin/app';
import { CURATE, Editor, SEE } from '../helpers/editors';
import { publishIn, uidOf, writeCircle, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { ALL_READS, grantPublic, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/* The plugin's own queries, in or after a request: project code gets the truth, and narrows only visitors' queries. */

const CIRCLE = uidOf('circle');
const STORY = uidOf('story');
const TALE = uidOf('tale');

/** Lets two requests in at a time, and frees a place as most such middlewares do: once the answer has been sent. */
const TWO_AT_A_TIME = `(() => {
  let active = 0;
  return (ctx, next) => {
    if (active >= 2) return ctx.throw(429);
    active += 1;
    ctx.res.once('close', () => { active -= 1; });
    return next();
  };
})()`;

interface Call {
  uid: string;
  action: string;
  params: Record<string, unknown>;
}
/** Serializes answers, like a cache outside the process. */
const AS_TEXT =
  'async (ctx, next) => { await next(); ctx.body = Buffer.from(JSON.stringify(ctx.body)); }';

let site: Running;
let boss: Editor;
const ids: Record<string, string> = {};

const use = (middleware: (call: Call, next: () => Promise<unknown>) => unknown) =>
  (site.strapi.documents.use as unknown as (one: unknown) => () => void)(middleware);

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    writeType(appDir, { name: 'story' });
    writeCircle(appDir, ['story']);
    const findOne = `{ middlewares: [(ctx, next) => /^[a-z0-9]{24}$/.test(ctx.params.id) ? next() : ctx.badRequest('No id')] }`;
    const ofRouter = `{ config: { find: { middlewares: [${TWO_AT_A_TIME}, ${AS_TEXT}] }, findOne: ${findOne} } }`;
    const routes = `require('@strapi/strapi').factories.createCoreRouter('${TALE}', ${ofRouter})`;
    writeType(appDir, {
      name: 'tale',
      localized: true,
      attributes: { slug: { type: 'string' } },
      routes,
    });
    config.contentTypes[TALE] = { title: 'title', slug: 'slug', text: { body: 1 } };
    config.contentTypes[STORY] = { title: 'title', text: { body: 1 } };
    config.contentTypes[CIRCLE] = { title: 'title', text: { body: 1 } };
  });
  const { strapi } = site;
  const reads = [STORY, TALE].flatMap((uid) => [`${uid}.find`, `${uid}.findOne`]);
  await grantPublic(strapi, [...ALL_READS, ...reads]);
  for (let at = 0; at < 3; at += 1) {
    ids[`Circle ${at}`] = await publishIn(strapi, 'circle', { title: `Circle ${at}`, body: BREAD[at] }); // prettier-ignore
    const data = { title: `Story ${at}`, body: `${BREAD[at]} ${BREAD[0]}`, circle: ids['Circle 0'] }; // prettier-ignore
    ids[data.title] = await publishIn(strapi, 'story', data);
    const tale = { title: `Tale ${at}`, slug: `tale-${at}`, body: data.body };
    ids[tale.title] = await publishIn(strapi, 'tale', tale);
  }
  const draft = { title: 'Secret draft', body: BREAD[1], circle: ids['Circle 0'] };
  await strapi.documents(STORY as UID.CollectionType).create({ data: draft } as never);
  boss = await Editor.create(site, 'Boss');
  await site.settled();
});
afterAll(() => site?.stop());

test('a document middleware that populates gets what Strapi would have given it', async () => {
  const told: [Call, unknown][] = [];
  const remove = use(async (call, next) => {
    if (call.uid !== CIRCLE || !call.action.startsWith('find')) return next();
    call.params.populate ??= { storys: true };
    const asked = structuredClone(call.params);
    const answer = await next();
    told.push([{ ...call, params: asked }, structuredClone(answer)]);
    return answer;
  });
  const { status } = await boss.suggestions({ documentId: ids['Circle 0'] }, CIRCLE);
  remove();
  expect([status, told.length > 0]).toEqual([200, true]);
  const documents = site.strapi.documents(CIRCLE as UID.CollectionType);
  for (const [{ action, params }, answer] of told) {
    const own = await documents[action as 'findMany'](structuredClone(params) as never);
    expect([params, answer]).toEqual([params, own]);
  }
});

test('a rebuild or check is not narrowed for others by who asked for it', async () => {
  const tenants = new AsyncLocalStorage<string>();
  site.strapi.db.lifecycles.subscribe({
    models: [STORY],
    ...Object.fromEntries(
      ['beforeFindMany', 'beforeFindOne', 'beforeCount'].map((name) => [
        name,
        ({ params }: { params: { where?: object } }) => {
          const title = tenants.getStore();
          if (title) params.where = { $and: [params.where ?? {}, { title }] };
        },
      ]),
    ),
  });
  const listed = async () => {
    const { body } = await site.http.get(`/api/storys/${ids['Story 0']}/related?minScore=0`);
    return body.data.map(({ title }: { title: string }) => title).sort();
  };
  const before = await listed();
  expect(before).toEqual(['Story 1', 'Story 2']);
  const { index } = appOf(site.strapi);
  await tenants.run('Story 1', () => index.reindex());
  await site.settled();
  expect(await listed()).toEqual(before);
  await tenants.run('Story 1', () => index.check('deep'));
  await site.settled();
  expect(await listed()).toEqual(before);
});

test('a route middleware that frees its place after the answer also does so for the plugin’s own queries', async () => {
  const statusOf = async (place: string) => (await site.http.get(`/api/tales${place}`)).status;
  const places = ['', '', '', ...Array<string>(4).fill(`/${ids['Tale 0']}/related`), ''];
  for (const place of places) expect([place, await statusOf(place)]).toEqual([place, 200]);
});

test('slugs find entries even if a guard of single entries accepts only documentIds', async () => {
  const { status, body } = await site.http.get('/api/tales/tale-0/related?minScore=0');
  expect([status, body.data?.length]).toEqual([200, 2]);
  expect((await site.http.get('/api/tales/no-such-tale/related')).status).toBe(403);
});

describe('an editor whom code of the project refuses something', () => {
  let anna: Editor;
  let remove: () => void;
  const body = (title: string) => ({ pins: [ids[title]], exclusions: [], revision: 0 });
  const curate = (title: string, pin: string) =>
    anna.request('put', `/related-articles/curations/${TALE}/${ids[title]}?locale=en`, body(pin));

  beforeAll(async () => {
    const rights = ['read', 'create', 'update'].map((action) => ({
      action: `plugin::content-manager.explorer.${action}`,
      subject: TALE,
      fields: ['title', 'body'],
      locales: ['en'],
    }));
    const overview = { action: 'plugin::related-articles.overview.read' };
    anna = await Editor.create(site, 'Anna', [{ action: SEE }, { action: CURATE }, overview, ...rights]); // prettier-ignore
    remove = use((call, next) => {
      const { user } = (site.strapi.requestContext.get()?.state ?? {}) as { user?: { firstname?: string } }; // prettier-ignore
      if (user?.firstname !== 'Anna' || call.uid !== TALE) return next();
      const { locale, documentId } = call.params;
      if (locale && locale !== 'en') throw new errors.ForbiddenError('Not her locale');
      if (call.action === 'findOne' && documentId === ids['Tale 1']) throw new errors.ForbiddenError('Not hers'); // prettier-ignore
      return next();
    });
  });
  afterAll(() => remove());

  test('can work in her own locale if the others are refused', async () => {
    expect((await curate('Tale 0', 'Tale 2')).status).toBe(200);
    const { status, body } = await anna.suggestions({ documentId: ids['Tale 0'], locale: 'en' }, TALE); // prettier-ignore
    expect(status).toBe(200);
    expect(body.data.rows[0]).toMatchObject({ title: 'Tale 2', origin: 'pinned' });
    const search = `/related-articles/entries/${TALE}?query=tale&locale=en`;
    expect((await anna.request('get', search)).status).toBe(200);
  });

  test('does not change the list of an entry that is refused', async () => {
    const place = `/content-manager/collection-types/${TALE}/${ids['Tale 1']}?locale=en`;
    expect((await anna.request('put', place, { title: 'Tale 1' })).status).toBe(403);
    expect([403, 404]).toContain((await curate('Tale 1', 'Tale 2')).status);
    const decisions = { locale: 'en', documentIds: [ids['Tale 1'], ids['Tale 2']], decision: 'never' }; // prettier-ignore
    const decided = await anna.request('post', `/related-articles/overview/${TALE}/decisions`, decisions); // prettier-ignore
    expect(decided.body.data).toEqual({ done: [ids['Tale 2']], refused: [ids['Tale 1']] });
  });
});
