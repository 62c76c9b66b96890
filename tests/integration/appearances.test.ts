import { appOf } from 'plugin/app';
import type { Source } from 'plugin/engine/engine';

import { CURATE, Editor, onArticles, SEE } from '../helpers/editors';
import { startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

const ARTICLE = 'api::article.article';

let running: Running;
let chief: Editor;
let author: Editor;
const ids: Record<string, string> = {};

beforeAll(async () => {
  running = await startStrapi();
  chief = await Editor.create(running, 'Chief');
  author = await Editor.create(running, 'Author', [
    { action: SEE },
    { action: CURATE },
    ...onArticles(['read', 'update'], { conditions: ['admin::is-creator'] }),
  ]);
  const create = async (title: string, body: string, by = chief) => {
    const { documentId } = await running.strapi
      .documents(ARTICLE)
      .create({ data: { title, body, createdBy: by.id }, status: 'published' } as never);
    ids[title] = documentId;
  };
  // Eight articles that are close to each other, and one that shares a little with all of them.
  for (let i = 0; i < 8; i += 1) {
    const text = `${BREAD[i % 3]} loaf${i} hydration${i} ${BREAD[(i + 1) % 3]}`;
    await create(`Bread ${i}`, text, i < 2 ? author : chief);
  }
  await create('Lonely', `${BREAD[1]} ${MOON[0]} ${MOON[1]}`, author);
  await running.settled();
});
afterAll(() => running.stop());

const appearances = async (title: string, editor = chief) => {
  const { status, body } = await editor.appearances(ids[title]);
  expect(status).toBe(200);
  return body.data;
};
/** The sources whose lists contain the entry, found by reading all lists. */
const exact = async (title: string) => {
  const { engine } = appOf(running.strapi);
  const others = Object.keys(ids);
  const lists = await engine.related(
    { type: ARTICLE, locale: 'en' },
    others.map((other) => ({ documentId: ids[other] })),
  );
  return others.filter((_, at) =>
    lists[at]?.slice(0, 5).some(({ documentId }) => documentId === ids[title]),
  );
};

test('names the lists that contain an entry, and its place in each', async () => {
  const { state, total, sources, fits } = await appearances('Bread 0');
  expect(state).toBe('published');
  const titles = sources.map(({ title }: { title: string }) => title);
  expect([...titles].sort()).toEqual((await exact('Bread 0')).sort());
  expect(total).toBe(titles.length);
  expect(fits).toEqual([]);
  const places = sources.map(({ place }: { place: number }) => place);
  expect(places).toEqual([...places].sort());
});

test('an orphan gets proposals where it fits, and is no longer one after being pinned there', async () => {
  expect(await exact('Lonely')).toEqual([]);
  const orphan = await appearances('Lonely');
  expect(orphan).toMatchObject({ state: 'published', total: 0, sources: [] });
  expect(orphan.fits).toHaveLength(3);
  expect(orphan.fits[0].mayCurate).toBe(true);
  const [{ documentId }] = orphan.fits;
  expect((await chief.pin(documentId, ids.Lonely)).status).toBe(200);
  await running.settled();
  expect(await appearances('Lonely')).toMatchObject({
    total: 1,
    sources: [{ documentId, place: 1, origin: 'pinned' }],
    fits: [],
  });
  const excluded = await chief.curate(documentId, { exclusions: [ids.Lonely], revision: 1 });
  expect(excluded.status).toBe(200);
  await running.settled();
  const again = await appearances('Lonely');
  expect(again.total).toBe(0);
  expect(again.fits.map((fit: { documentId: string }) => fit.documentId)).not.toContain(documentId);
});

test('does not propose a list in which a pin would change nothing', async () => {
  const [{ documentId }] = (await appearances('Lonely')).fits;
  const { revision } = (await chief.curation(documentId)).body.data;
  const others = Object.values(ids).filter((id) => id !== documentId && id !== ids.Lonely);
  const full = await chief.curate(documentId, { pins: others.slice(0, 5), revision });
  expect(full.status).toBe(200);
  await running.settled();
  const proposed = (await appearances('Lonely')).fits.map((fit: { documentId: string }) => fit.documentId); // prettier-ignore
  expect(proposed).toHaveLength(3);
  expect(proposed).not.toContain(documentId);
  await chief.curate(documentId, { revision: full.body.data.revision });
  await running.settled();
});

test('undoing such a pin twice undoes it once', async () => {
  const [{ documentId }] = (await appearances('Lonely')).fits;
  const { revision: step } = (await chief.pin(documentId, ids.Lonely)).body.data;
  for (const time of [1, 2]) {
    const place = `/related-articles/curations/${ARTICLE}/${documentId}/undo`;
    const { status, body } = await chief.request('post', place, { pin: ids.Lonely, step });
    expect([time, status, body.data?.revision]).toEqual([time, 200, step + 1]);
  }
  await running.settled();
});

test('someone who may read only some entries sees only those, in the list and the count', async () => {
  const all = await appearances('Bread 0');
  const own = await appearances('Bread 0', author);
  expect(own.total).toBe(own.sources.length);
  expect(own.total).toBeLessThan(all.total);
  for (const { title } of [...own.sources, ...own.fits]) {
    expect(['Bread 0', 'Bread 1', 'Lonely']).toContain(title);
  }
  const orphan = await appearances('Lonely', author);
  for (const { title } of orphan.fits) expect(['Bread 0', 'Bread 1']).toContain(title);
  expect((await author.appearances(ids['Bread 5'])).status).toBe(403);
});

test('an entry that is not indexed yet is not called unpublished', async () => {
  const { engine } = appOf(running.strapi);
  const collection = { type: ARTICLE, locale: 'en' };
  const related = engine.related.bind(engine);
  const isAway = (asked: Source) => 'documentId' in asked && asked.documentId === ids['Bread 0'];
  engine.related = async (asked, sources, query) =>
    (await related(asked, sources, query)).map((list, at) => (isAway(sources[at]) ? null : list));
  expect(await appearances('Bread 0')).toMatchObject({ state: 'unindexed', total: 0, fits: [] });
  engine.related = related;
  const [list] = await engine.related(collection, [{ documentId: ids['Bread 0'] }]);
  expect(list).not.toBeNull();
});

test('an unpublished entry has no lists, links or proposals', async () => {
  const { documentId } = await running.strapi
    .documents(ARTICLE)
    .create({ data: { title: 'Draft', body: BREAD[0] } });
  const { body } = await chief.appearances(documentId);
  expect(body.data).toEqual({
    state: 'unpublished',
    total: 0,
    isPartial: false,
    sources: [],
    links: 0,
    linkedFrom: [],
    fits: [],
  });
  expect((await chief.appearances('nothing')).status).toBe(404);
  expect((await chief.appearances(documentId, '?locale[]=en&locale[]=de')).status).toBe(400);
});
