import { AsyncLocalStorage } from 'node:async_hooks';
import type { UID } from '@strapi/strapi';

import { appOf } from 'plugin/app';
import { Editor } from '../helpers/editors';
import { publishIn, uidOf, writeCircle, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { ALL_READS, grantPublic, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/* What the plugin asks by itself, in or after a request: code of the project is told the truth, and narrows only what its visitors ask. */

const CIRCLE = uidOf('circle');
const STORY = uidOf('story');

interface Call {
  uid: string;
  action: string;
  params: Record<string, unknown>;
}

let site: Running;
let boss: Editor;
const ids: Record<string, string> = {};

const use = (middleware: (call: Call, next: () => Promise<unknown>) => unknown) =>
  (site.strapi.documents.use as unknown as (one: unknown) => () => void)(middleware);

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    writeType(appDir, { name: 'story' });
    writeCircle(appDir, ['story']);
    config.contentTypes[STORY] = { title: 'title', text: { body: 1 } };
    config.contentTypes[CIRCLE] = { title: 'title', text: { body: 1 } };
  });
  const { strapi } = site;
  await grantPublic(strapi, [...ALL_READS, `${STORY}.find`, `${STORY}.findOne`]);
  for (let at = 0; at < 3; at += 1) {
    ids[`Circle ${at}`] = await publishIn(strapi, 'circle', { title: `Circle ${at}`, body: BREAD[at] }); // prettier-ignore
    const data = { title: `Story ${at}`, body: `${BREAD[at]} ${BREAD[0]}`, circle: ids['Circle 0'] }; // prettier-ignore
    ids[data.title] = await publishIn(strapi, 'story', data);
  }
  const draft = { title: 'Secret draft', body: BREAD[1], circle: ids['Circle 0'] };
  await strapi.documents(STORY as UID.CollectionType).create({ data: draft } as never);
  boss = await Editor.create(site, 'Boss');
  await site.settled();
});
afterAll(() => site?.stop());

test('a document middleware that populates is told what Strapi would have told it', async () => {
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

test('who asks for a rebuild or a check narrows nothing for others', async () => {
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
