import fs from 'node:fs';
import path from 'node:path';
import { appOf } from 'plugin/app';
import type { ArticleLine } from 'plugin/cli/articles-file';
import { Importer } from 'plugin/cli/importer';

import { uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import type { Running } from '../helpers/strapi';

/* A later import with --publish tells an editor's changes from its own, in every kind of attribute. */

const RICH = uidOf('rich');
const TOPIC = uidOf('subject-page');

let site: Running;
beforeAll(async () => {
  site = await startSite((config, appDir) => {
    const folder = path.join(appDir, 'src/components/shown');
    fs.mkdirSync(folder, { recursive: true });
    const box = {
      collectionName: 'components_shown_boxes',
      info: { displayName: 'box' },
      attributes: {
        heading: { type: 'string' },
        extra: { type: 'json' },
        topic: { type: 'relation', relation: 'oneToOne', target: TOPIC },
      },
    };
    fs.writeFileSync(path.join(folder, 'box.json'), JSON.stringify(box));
    const to = (target: string) => ({ type: 'relation', relation: 'manyToMany', target });
    writeType(appDir, {
      name: 'rich',
      attributes: {
        slug: { type: 'string' },
        data: { type: 'json' },
        featured: { type: 'boolean', default: false },
        note: { type: 'string' },
        boxes: { type: 'component', repeatable: true, component: 'shown.box' },
        zone: { type: 'dynamiczone', components: ['shown.box'] },
        picks: to(RICH),
        topics: { ...to(TOPIC), inversedBy: 'articles' },
      },
    });
    const articles = { ...to(RICH), mappedBy: 'topics' };
    writeType(appDir, { name: 'subject-page', attributes: { slug: { type: 'string' }, articles } });
    for (const uid of [RICH, TOPIC]) config.contentTypes[uid] = { title: 'title', slug: 'slug', text: { body: 1 } }; // prettier-ignore
  });
}, 60_000);
afterAll(() => site?.stop());

interface Documents {
  create(params: object): Promise<{ documentId: string }>;
  update(params: object): Promise<unknown>;
  findFirst(params: object): Promise<Record<string, unknown> & { documentId: string }>;
  unpublish(params: object): Promise<unknown>;
}
const documents = (uid = RICH) => site.strapi.documents(uid as never) as unknown as Documents;
const bring = (line: ArticleLine, uid = RICH, isPublished = false): Promise<string> => {
  const type = appOf(site.strapi).types.get(uid);
  if (!type) throw new Error(`${uid} is not configured`);
  return new Importer(site.strapi, type, { publish: isPublished }).put(line);
};
const publish = (line: ArticleLine, uid = RICH): Promise<string> => bring(line, uid, true);
const found = (slug: string, status: 'draft' | 'published' = 'draft', uid = RICH) =>
  documents(uid).findFirst({ filters: { slug }, status, populate: '*' });

const box = (heading: string, extra: object | null = null) => ({ heading, extra });
test.each<[string, object, object]>([
  ['an id in JSON', { data: { id: 'old', w: 1 } }, { data: { id: 'secret', w: 1 } }],
  ['what stands beside a documentId in JSON', { data: { documentId: 'a', label: 'old' } }, { data: { documentId: 'a', label: 'secret' } }], // prettier-ignore
  ['how JSON is nested', { data: ['a', 'b'] }, { data: ['a b'] }],
  ['JSON in a component', { boxes: [box('a', { id: 1 })] }, { boxes: [box('a', { id: 2 })] }],
  ['the order of components', { boxes: [box('a'), box('b')] }, { boxes: [box('b'), box('a')] }],
  ['where components end', { boxes: [box('a'), box('b')] }, { boxes: [box('a')] }],
  ['a zone', { zone: [{ __component: 'shown.box', heading: 'a' }] }, { zone: [{ __component: 'shown.box', heading: 'b' }] }], // prettier-ignore
  ['a flag that is turned back', { featured: true, note: 'Shown' }, { featured: false, note: '' }],
  ['a text that is turned back', { body: 'better' }, { body: 'imported' }],
])('keeps an unpublished change: %s', async (what, published, draft) => {
  const line = { slug: what, title: 'Bread', body: 'imported' };
  await publish(line);
  const { documentId } = await found(what);
  await documents().update({ documentId, data: published, status: 'published' });
  expect(await publish({ slug: what, title: 'Rye bread' })).toBe('updated');
  await documents().update({ documentId, data: draft });
  const before = await found(what, 'published');
  const named = Object.keys(draft).join(', ');
  await expect(publish({ slug: what, title: 'Bread' })).rejects.toThrow(`not published (${named})`);
  expect(await found(what, 'published')).toEqual(before);
});

test('an unpublished article that names a topic is not a change of the topic', async () => {
  await publish({ slug: 'topic', title: 'Topic' }, TOPIC);
  const { documentId } = await found('topic', 'draft', TOPIC);
  await documents().create({ data: { title: 'Draft', slug: 'draft', topics: [documentId] } });
  expect(await publish({ slug: 'topic', title: 'New topic' }, TOPIC)).toBe('updated');
  expect((await found('draft')).topics).toHaveLength(1);
});

test('nor is an unpublished entry that a published one names; but another published one is a change', async () => {
  const line = { slug: 'naming', title: 'Naming' };
  await publish(line);
  const make = (slug: string, status: string) => documents().create({ data: { title: slug, slug }, status }); // prettier-ignore
  const [draft, shown] = [await make('named', 'draft'), await make('shown', 'published')];
  const { documentId } = await found('naming');
  const picks = [draft.documentId];
  await documents().update({ documentId, data: { picks }, status: 'published' });
  expect(await publish({ ...line, title: 'Naming it' })).toBe('updated');
  const all = [...picks, shown.documentId, (await make('other', 'published')).documentId];
  await documents().update({ documentId, data: { picks: all } });
  await expect(publish(line)).rejects.toThrow('not published (picks)');
  await documents().update({ documentId, data: { picks: all }, status: 'published' });
  expect(await publish(line)).toBe('updated');
  await documents().update({ documentId, data: { picks: all.slice(0, 2) } });
  await expect(publish({ ...line, title: 'Naming it' })).rejects.toThrow('not published (picks)');
});

test('publishes a withdrawn entry again if only imports have changed it', async () => {
  const line = { slug: 'withdrawn', title: 'Bread', body: 'imported' };
  await publish(line);
  const { documentId } = await found('withdrawn');
  await documents().unpublish({ documentId });
  expect(await publish({ ...line, title: 'Rye bread' })).toBe('updated');
  await documents().unpublish({ documentId });
  await documents().update({ documentId, data: { note: 'unfinished' } });
  await expect(publish(line)).rejects.toThrow('somebody else (note)');
});

test('an import of the draft does not make an editor’s changes its own', async () => {
  const line = { slug: 'between', title: 'Bread' };
  await publish(line);
  const { documentId } = await found('between');
  await documents().update({ documentId, data: { body: 'better' }, status: 'published' });
  await documents().update({ documentId, data: { body: '' } });
  expect(await bring({ ...line, title: 'Rye bread' })).toBe('updated');
  await expect(publish({ ...line, title: 'Rye bread' })).rejects.toThrow('not published (body)');
  expect(await found('between', 'published')).toMatchObject({ title: 'Bread', body: 'better' });
});

test('what hooks of the project write during an import counts as the import’s own', async () => {
  site.strapi.documents.use((context, next) => {
    const { params } = context as { params: { data?: Record<string, unknown> } };
    if (params.data?.slug === 'hooked') params.data.note = `${params.data.title} is read fast`;
    return next();
  });
  const line = { slug: 'hooked', title: 'Bread' };
  expect(await bring(line)).toBe('created');
  expect(await bring({ ...line, title: 'Rye bread' })).toBe('updated');
  expect(await publish({ ...line, title: 'Rye bread' })).toBe('updated');
  expect(await bring(line)).toBe('updated');
  expect(await publish(line)).toBe('updated');
  expect(await found('hooked', 'published')).toMatchObject({ note: 'Bread is read fast' });
});
