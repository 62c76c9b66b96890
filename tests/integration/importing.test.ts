import { appOf } from 'plugin/app';
import type { ArticleLine } from 'plugin/cli/articles-file';
import { Importer, type ImportScope } from 'plugin/cli/importer';

import { uidOf, writeType } from '../helpers/guarded-types';
import { Editor } from '../helpers/editors';
import { startSite } from '../helpers/site';
import type { Running } from '../helpers/strapi';

/* What an import finds again, and which of an editor's changes it keeps, on a site without slug rules of its own. */

const KINDS = ['date', 'datetime', 'timestamp'] as const;
const TAGGED = uidOf('tagged');
const TAG = uidOf('tag');
const BLOCKY = uidOf('blocky');
const PICTURED = uidOf('pictured');
const TOPIC = uidOf('topic-page');
/** Its title is the same in all locales. */
const LEMMA = uidOf('lemma');

let site: Running;
beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const kind of KINDS) {
      const attributes = { slug: { type: 'string' }, written: { type: kind } };
      writeType(appDir, { name: `${kind}-note`, attributes });
      const options = { title: 'title', slug: 'slug', text: { body: 1 }, date: 'written' };
      config.contentTypes[uidOf(`${kind}-note`)] = options;
    }
    const to = (target: string) => ({ type: 'relation', relation: 'manyToMany', target });
    writeType(appDir, {
      name: 'tag',
      attributes: {
        name: { type: 'string' },
        tagged: { type: 'relation', relation: 'manyToMany', target: TAGGED, mappedBy: 'tags' },
      },
    });
    writeType(appDir, {
      name: 'tagged',
      attributes: {
        slug: { type: 'string' },
        tags: { ...to(TAG), inversedBy: 'tagged' },
        picks: to(TAGGED),
        topics: { ...to(TOPIC), inversedBy: 'articles' },
      },
    });
    writeType(appDir, {
      name: 'blocky',
      attributes: { slug: { type: 'string' }, excerpt: { type: 'text' }, body: { type: 'blocks' } },
    });
    config.contentTypes[BLOCKY] = { title: 'title', slug: 'slug', text: { excerpt: 1, body: 1 } };
    writeType(appDir, {
      name: 'pictured',
      attributes: { slug: { type: 'string' }, body: { type: 'media' } },
    });
    config.contentTypes[PICTURED] = { title: 'title', slug: 'slug', text: { body: 1 } };
    const own = { pluginOptions: { i18n: { localized: true } } };
    writeType(appDir, {
      name: 'lemma',
      localized: true,
      attributes: { slug: { type: 'string', ...own }, excerpt: { type: 'text', ...own } },
    });
    config.contentTypes[LEMMA] = { title: 'title', slug: 'slug', text: { excerpt: 1 } };
    const articles = { type: 'relation', relation: 'manyToMany', target: TAGGED, mappedBy: 'topics' }; // prettier-ignore
    writeType(appDir, { name: 'topic-page', attributes: { slug: { type: 'string' }, articles } });
    config.contentTypes[TOPIC] = { title: 'title', slug: 'slug', text: { body: 1 } };
    const relations = { tags: 1 };
    config.contentTypes[TAGGED] = { title: 'title', slug: 'slug', text: { body: 1 }, relations, picked: 'picks' }; // prettier-ignore
  });
}, 60_000);
afterAll(() => site?.stop());

const documents = (uid: string) => site.strapi.documents(uid as 'api::article.article');
const importerOf = (uid: string, options: ImportScope) => {
  const type = appOf(site.strapi).types.get(uid);
  if (!type) throw new Error(`${uid} is not configured`);
  return new Importer(site.strapi, type, options);
};

test.each(KINDS)('an article with a %s that is imported again is unchanged', async (kind) => {
  const uid = uidOf(`${kind}-note`);
  const importer = importerOf(uid, { publish: true });
  const line = { slug: 'one', title: 'One', publishedAt: '2026-03-01T23:30:00-05:00' };
  expect(await importer.put(line)).toBe('created');
  expect(await importer.put(line)).toBe('unchanged');
  expect(await importer.put({ ...line, publishedAt: '2026-03-02T23:30:00-05:00' })).toBe('updated');
  const [stored] = await documents(uid).findMany({ status: 'published' });
  expect(await importer.put({ ...line, publishedAt: null })).toBe('updated');
  expect(await documents(uid).findFirst({ status: 'published' })).toMatchObject({ written: null });
  const moment = new Date('2026-03-03T04:30:00Z');
  const expected = { date: '2026-03-02', datetime: moment.toISOString(), timestamp: `${+moment}` };
  expect((stored as unknown as { written: unknown }).written).toBe(expected[kind]);
});

test('an entry deleted while it was being published is deleted with its published version', async () => {
  const uid = uidOf('date-note');
  const importer = importerOf(uid, { publish: true });
  await importer.put({ slug: 'deleted', title: 'Deleted' });
  await importer.put({ slug: 'kept', title: 'Kept' });
  const found = async () => {
    const rows = await documents(uid).findMany({ status: 'published' });
    return rows.map(({ slug }) => slug).filter((slug) => slug === 'deleted' || slug === 'kept');
  };
  expect((await found()).sort()).toEqual(['deleted', 'kept']);
  // Strapi leaves this behind if it read the entry before it was published again.
  await site.strapi.db.query(uid).deleteMany({ where: { slug: 'deleted', publishedAt: null } });
  expect(await importer.left.delete()).toEqual([{ slug: 'deleted', error: null }]);
  expect(await found()).toEqual(['kept']);
  expect(importer.left.isEmpty).toBe(true);
});

test('an entry that a killed import left published without a draft is made again by the next import', async () => {
  const uid = uidOf('date-note');
  const line = { slug: 'left', title: 'Left' };
  await importerOf(uid, { publish: true }).put(line);
  await site.strapi.db.query(uid).deleteMany({ where: { slug: 'left', publishedAt: null } });
  expect(await importerOf(uid, { publish: true }).put(line)).toBe('created');
  for (const status of ['draft', 'published'] as const) {
    const found = await documents(uid).findMany({ status, filters: { slug: 'left' } } as never);
    expect(found).toHaveLength(1);
  }
});

test('an entry that somebody else published without a draft stays as it is', async () => {
  const uid = uidOf('date-note');
  const row = { slug: 'seeded', title: 'Seeded', publishedAt: new Date() };
  await site.strapi.db.query(uid).create({ data: row });
  const line = { slug: 'seeded', title: 'Imported' };
  for (const publish of [true, false]) {
    const put = importerOf(uid, { publish }).put(line);
    await expect(put).rejects.toThrow('slug: "seeded" is published but has no draft, and that was not done by an import'); // prettier-ignore
  }
  const found = await site.strapi.db.query(uid).findMany({ where: { slug: 'seeded' } });
  expect(found.map(({ title }: { title: string }) => title)).toEqual(['Seeded']);
});

test('blocks are not replaced with a text, nor emptied', async () => {
  const body = [{ type: 'paragraph', children: [{ type: 'text', text: 'Written by hand' }] }];
  const data = { slug: 'hand', title: 'By hand', body };
  await documents(BLOCKY).create({ data, status: 'published' } as never);
  const importer = importerOf(BLOCKY, { publish: true });
  const line = { slug: 'hand', title: 'By hand' };
  await expect(importer.put({ ...line, body: 'A text' })).rejects.toThrow(
    `body: the attribute of ${BLOCKY} holds blocks, but the line holds text, which would be lost`,
  );
  await expect(importer.put({ slug: 'new', title: 'New', body: 'A text' })).rejects.toThrow();
  expect(await documents(BLOCKY).count({})).toBe(1);
  expect(await importer.put({ ...line, excerpt: 'A text' })).toBe('updated');
  expect(await documents(BLOCKY).findFirst({ status: 'published' })).toMatchObject({ body });
  expect(await importer.put({ ...line, excerpt: 'A text', body: '' })).toBe('unchanged');
  expect(await importer.put({ ...line, body: null })).toBe('updated');
  expect(await documents(BLOCKY).findFirst({ status: 'published' })).toMatchObject({ body: null });
});

test('a line may leave an attribute empty that holds no text', async () => {
  const importer = importerOf(PICTURED, { publish: true });
  const line = { slug: 'moon', title: 'Moon' };
  await expect(importer.put({ ...line, body: 'A text' })).rejects.toThrow(/holds media, .* lost/);
  expect(await importer.put({ ...line, body: null })).toBe('created');
});

interface Tagged {
  documentId: string;
  tags: { documentId: string; name: string }[];
  picks: { title: string }[];
}
const findTagged = (slug: string, status: 'draft' | 'published') =>
  documents(TAGGED).findFirst({ filters: { slug }, status, populate: ['tags', 'picks'] } as never) as unknown as Promise<Tagged>; // prettier-ignore
const namesIn = (list: { name?: string; title?: string }[]) => list.map(({ name, title }) => name ?? title); // prettier-ignore

test.each([true, false])(
  'an entry or a tag whose new name is not published is found by its old one (publish: %s)',
  async (publish) => {
    const line = { slug: `slug-${publish}`, title: 'Slugged', tags: [`tag-${publish}`] };
    const start = importerOf(TAGGED, { publish: true });
    await start.put(line);
    const { documentId, tags } = await findTagged(line.slug, 'published');
    await documents(TAG).update({ documentId: tags[0].documentId, data: { name: 'New name' } } as never); // prettier-ignore
    expect(await importerOf(TAGGED, { publish }).put(line)).toBe('unchanged');
    await documents(TAGGED).update({ documentId, data: { slug: 'new-slug' } });
    const importer = importerOf(TAGGED, { publish });
    await expect(importer.put({ ...line, title: 'Other' })).rejects.toThrow(/not published \(slug\)/); // prettier-ignore
    expect(await documents(TAGGED).count({ filters: { title: 'Slugged' } })).toBe(1);
    const willing = importerOf(TAGGED, { publish, overwrite: true });
    expect(await willing.put({ ...line, title: 'Other' })).toBe('updated');
    expect(await findTagged(line.slug, 'draft')).toMatchObject({ documentId, title: 'Other' });
    expect(await documents(TAG).count({ filters: { name: line.tags[0] } } as never)).toBe(0);
  },
);

test('unpublished tags still count as the import’s own after the article is published', async () => {
  const line = { slug: 'drafty', title: 'Drafty', tags: ['drafty one'] };
  const importer = importerOf(TAGGED, {});
  await importer.put(line);
  const { documentId, tags } = await findTagged('drafty', 'draft');
  const article = documents(TAGGED);
  await article.publish({ documentId });
  expect((await findTagged('drafty', 'published')).tags).toEqual([]);
  expect(await importer.put({ ...line, tags: ['drafty two'] })).toBe('updated');
  // An editor's tags do not.
  await article.update({ documentId, data: { tags: [tags[0].documentId] } } as never);
  await expect(importer.put({ ...line, tags: ['drafty three'] })).rejects.toThrow(/not published \(tags\)/); // prettier-ignore
  expect(namesIn((await findTagged('drafty', 'draft')).tags)).toEqual(['drafty one']);
});

test.each([true, false])(
  'a slug that exists only in a draft finds nothing, and the entry that has it stays as it is (publish: %s)',
  async (publish) => {
    const article = documents(TAGGED);
    const byHand = { title: 'By hand', body: 'Nowhere else', slug: `own-${publish}` };
    const { documentId } = await article.create({ data: byHand, status: 'published' } as never);
    const line = { slug: `address-${publish}`, title: 'Imported', body: 'From the file' };
    await article.update({ documentId, data: { slug: line.slug } });
    for (const overwrite of [false, true]) {
      await expect(importerOf(TAGGED, { publish, overwrite }).put(line)).rejects.toThrow(
        `slug: "${line.slug}" is not published yet: the entry with this slug in its draft is published as "${byHand.slug}"`,
      );
    }
    // The slug is about to move to another entry.
    await article.update({ documentId, data: { slug: byHand.slug } });
    await importerOf(TAGGED, { publish: true }).put(line);
    const imported = await findTagged(line.slug, 'published');
    await article.update({ documentId: imported.documentId, data: { slug: `old-${publish}` } });
    await article.update({ documentId, data: { slug: line.slug } });
    const importer = importerOf(TAGGED, { publish });
    await expect(importer.put(line)).rejects.toThrow(/not published \(slug\)/);
    for (const status of ['draft', 'published'] as const) {
      expect(await article.findOne({ documentId, status })).toMatchObject({ title: 'By hand', body: 'Nowhere else' }); // prettier-ignore
    }
  },
);

test('a tag is not found by a name that exists only in a draft if the article is published', async () => {
  const line = { slug: 'named', title: 'Named', tags: ['Apple'] };
  await importerOf(TAGGED, { publish: true }).put(line);
  const [{ documentId }] = (await findTagged('named', 'published')).tags;
  await documents(TAG).update({ documentId, data: { name: 'Fruit' } } as never);
  const fruit = { slug: 'other', title: 'Other', tags: ['Fruit'] };
  const importer = importerOf(TAGGED, { publish: true });
  await expect(importer.put(fruit)).rejects.toThrow(/tags: the name "Fruit" is not published yet: .* with "Apple"/); // prettier-ignore
  expect(await importerOf(TAGGED, {}).put(fruit)).toBe('created');
  // If somebody removes a tag during an import, the next line makes it again.
  await documents(TAG).delete({ documentId });
  const known = importerOf(TAGGED, {});
  await known.put({ ...fruit, slug: 'third' });
  const [{ documentId: made }] = (await findTagged('third', 'draft')).tags;
  await documents(TAG).delete({ documentId: made });
  await expect(known.put({ ...fruit, slug: 'fourth' })).rejects.toThrow(made);
  expect(await known.put({ ...fruit, slug: 'fourth' })).toBe('created');
});

test('an editor’s unpublished order is neither lost nor published', async () => {
  const [a, b] = [
    { slug: 'a', title: 'A' },
    { slug: 'b', title: 'B' },
  ];
  const line = { slug: 'ordered', title: 'Ordered', tags: ['one', 'two', 'three'] };
  const importer = importerOf(TAGGED, { publish: true });
  for (const one of [a, b, line]) await importer.put(one);
  const ids = [(await findTagged('a', 'draft')).documentId, (await findTagged('b', 'draft')).documentId]; // prettier-ignore
  const { documentId, tags } = await findTagged('ordered', 'draft');
  const tagIds = tags.map((tag) => tag.documentId);
  const update = (data: object, status: 'draft' | 'published' = 'draft') =>
    documents(TAGGED).update({ documentId, data, status } as never);
  await update({ picks: ids }, 'published');
  expect(await importer.put(line)).toBe('unchanged');

  await update({ tags: [...tagIds].reverse() });
  const changed = { ...line, title: 'Changed' };
  await expect(importer.put(changed)).rejects.toThrow(/not published \(tags\)/);
  expect(namesIn((await findTagged('ordered', 'draft')).tags)).toEqual(['three', 'two', 'one']);
  await update({ tags: tagIds }, 'published');

  await update({ picks: [...ids].reverse() });
  await expect(importer.put(changed)).rejects.toThrow(/not published \(picks\)/);
  expect(namesIn((await findTagged('ordered', 'published')).picks)).toEqual(['A', 'B']);
  await update({ picks: ids }, 'published');
  expect(await importer.put(changed)).toBe('updated');
});

/** Imports one line, as the command does. */
const runOne = (uid: string, line: ArticleLine, options: ImportScope = {}) =>
  importerOf(uid, options).put(line);

describe('a draft that was never published', () => {
  const line = { slug: 'drafted', title: 'Drafted' };
  const run = (changed: object = {}, options: ImportScope = {}) =>
    runOne(TAGGED, { ...line, ...changed }, options);
  const find = async (status: 'draft' | 'published' = 'draft') =>
    (await documents(TAGGED).findMany({ filters: { slug: line.slug }, status } as never)) as { documentId: string; title: string; body: string | null }[]; // prettier-ignore
  const edit = async (values: object) => {
    const editor = await Editor.create(site, `Writer ${Math.random()}`);
    const [{ documentId, ...draft }] = await find();
    const place = `/content-manager/collection-types/${TAGGED}/${documentId}`;
    const body = { title: draft.title, slug: line.slug, ...values };
    expect((await editor.request('put', place, body)).status).toBe(200);
    return editor;
  };
  afterEach(async () => {
    for (const { documentId } of await find()) await documents(TAGGED).delete({ documentId });
  });

  test('is updated by one import after another', async () => {
    expect(await run()).toBe('created');
    for (const title of ['Second', 'Third']) expect(await run({ title })).toBe('updated');
    expect(await run({ title: 'Third' })).toBe('unchanged');
  });

  test('keeps what an editor wrote, even after their account is gone, unless told to overwrite', async () => {
    await run();
    const { id } = await edit({ title: 'By hand' });
    await expect(run()).rejects.toThrow(/changes made by somebody else \(title\).*--overwrite/);
    await site.strapi.db.query('admin::user').delete({ where: { id } });
    await expect(run()).rejects.toThrow(/\(title\)/);
    expect((await find())[0].title).toBe('By hand');
    expect(await run({}, { overwrite: true })).toBe('updated');
    expect(await run({ title: 'Once more' })).toBe('updated');
  });

  test('is published again by an import after it was withdrawn', async () => {
    await run();
    expect(await run({ title: 'Published' }, { publish: true })).toBe('updated');
    const [{ documentId }] = await find('published');
    await documents(TAGGED).unpublish({ documentId });
    expect(await run({ title: 'Published again' }, { publish: true })).toBe('updated');
    expect((await find('published'))[0].title).toBe('Published again');
  });

  test('is not published with what an editor has not finished', async () => {
    await run();
    await edit({ body: 'Unfinished' });
    await expect(run({}, { publish: true })).rejects.toThrow(/changes made by somebody else/);
    expect(await find('published')).toEqual([]);
  });

  test('is kept where an editor has just made it', async () => {
    const editor = await Editor.create(site, 'Maker');
    const place = `/content-manager/collection-types/${TAGGED}`;
    const made = await editor.request('post', place, { ...line, title: 'By hand' });
    expect(made.status).toBe(201);
    await expect(run()).rejects.toThrow(/changes made by somebody else \(title\)/);
    expect((await find())[0].title).toBe('By hand');
  });

  test('counts as untouched if an import wrote into another locale of it', async () => {
    await site.strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
    const lines = ['en', 'de'].map((locale) => ({ locale, slug: 'word', title: 'Word', excerpt: locale })); // prettier-ignore
    await runOne(LEMMA, lines[0]);
    const [{ documentId }] = await documents(LEMMA).findMany({});
    const german = { documentId, locale: 'de' };
    await documents(LEMMA).update({ ...german, data: { slug: 'word', excerpt: 'de' } as object });
    expect(await runOne(LEMMA, lines[1], { overwrite: true })).toBe('unchanged');
    expect(await runOne(LEMMA, { ...lines[0], title: 'Words' })).toBe('updated');
    expect(await runOne(LEMMA, { ...lines[1], title: 'Words', excerpt: 'new' })).toBe('updated');
    await documents(LEMMA).update({ ...german, data: { excerpt: 'By hand' } as object });
    expect(await runOne(LEMMA, { ...lines[0], title: 'Wörter' })).toBe('updated');
    await expect(runOne(LEMMA, { ...lines[1], title: 'Wörter', excerpt: 'newer' })).rejects.toThrow(
      /\(excerpt\)/,
    );
  });

  test('keeps what an editor has set from the other side of a relation', async () => {
    const tags = ['one'];
    await run({ tags });
    const [{ documentId }] = await find();
    const editor = await Editor.create(site, 'Tagger');
    const place = `/content-manager/collection-types/${TAG}`;
    const connect = [{ documentId }];
    const made = await editor.request('post', place, { name: 'by hand', tagged: { connect } });
    expect(made.status).toBe(201);
    expect(namesIn((await findTagged(line.slug, 'draft')).tags).sort()).toEqual(['by hand', 'one']);
    await expect(run({ tags })).rejects.toThrow(/somebody else \(tags\)/);
    expect(await run({ tags: undefined, title: 'Renamed' })).toBe('updated');
    await expect(run({ tags, title: 'Renamed' })).rejects.toThrow(/somebody else \(tags\)/);
  });

  test('does not become the import’s own if an import leaves an editor’s text in it', async () => {
    await run({ body: 'Imported' });
    await edit({ body: 'By hand' });
    expect(await run({ title: 'Other' }, { overwrite: true })).toBe('updated');
    await expect(run({ title: 'Other', body: 'Imported' })).rejects.toThrow(/\(body\)/);
    await expect(run({ title: 'Another' }, { publish: true })).rejects.toThrow(/\(body\)/);
    expect(await find('published')).toEqual([]);
  });

  test('stays an editor’s after an import has updated it and it was withdrawn', async () => {
    await run({ body: 'Imported' }, { publish: true });
    const [{ documentId }] = await find();
    await edit({ body: 'Unfinished' });
    expect(await run({ title: 'Other' })).toBe('updated');
    await documents(TAGGED).unpublish({ documentId });
    await expect(run({ title: 'Other' }, { publish: true })).rejects.toThrow(/\(body\)/);
    expect(await find('published')).toEqual([]);
  });

  test('counts as somebody else’s if no import is known to have written it, except for equal values', async () => {
    await documents(TAGGED).create({ data: { ...line, body: 'Written long ago' } as never });
    await expect(run({ body: 'Imported' })).rejects.toThrow(/\(body\)/);
    expect(await run({ body: 'Written long ago' })).toBe('unchanged');
    expect(await run({ body: 'Imported' })).toBe('updated');
  });

  test('keeps an order that an editor has given it', async () => {
    const tags = ['one', 'two'];
    await run({ tags });
    const [{ documentId }] = await find();
    const idsOf = async () => (await findTagged(line.slug, 'draft')).tags.map(({ documentId: id }) => id); // prettier-ignore
    const reversed = (await idsOf()).reverse();
    await documents(TAGGED).update({ documentId, data: { tags: reversed } as never });
    await expect(run({ tags, title: 'Other' })).rejects.toThrow(/\(tags\)/);
    expect(await idsOf()).toEqual(reversed);
    expect(await run({ title: 'Other' })).toBe('updated');
  });

  test('is an import’s own even if it has a published version', async () => {
    await run({ body: 'First' }, { publish: true });
    expect(await run({ body: 'Second' })).toBe('updated');
    expect(await run({ body: 'Third' })).toBe('updated');
    await edit({ title: line.title, body: 'By hand' });
    await expect(run({ body: 'Fourth' })).rejects.toThrow(/not published \(body\)/);
  });

  test('stays the import’s own when others name it', async () => {
    const topic = { slug: 'topic', title: 'Topic' };
    const importer = () => importerOf(TOPIC, { publish: true });
    expect(await importerOf(TOPIC, {}).put(topic)).toBe('created');
    const [{ documentId }] = await documents(TOPIC).findMany({});
    await documents(TAGGED).create({ data: { ...line, topics: [documentId] } as never });
    expect(await importer().put(topic)).toBe('updated');
    expect(await documents(TOPIC).findMany({ status: 'published' })).toHaveLength(1);
  });

  test('follows the fields that locales share when one of them is published', async () => {
    const [en, de] = ['en', 'de'].map((locale) => ({ locale, slug: `word-${locale}`, title: 'Shared', excerpt: locale })); // prettier-ignore
    const publish = { publish: true };
    await runOne(LEMMA, en, publish);
    const [{ documentId }] = await documents(LEMMA).findMany({
      filters: { slug: en.slug },
    } as never);
    const german = { documentId, locale: 'de', data: { slug: de.slug, excerpt: 'de' } as never };
    await documents(LEMMA).update({ ...german, status: 'published' });
    expect(await runOne(LEMMA, { ...en, title: 'Renamed' }, publish)).toBe('updated');
    expect(await runOne(LEMMA, { ...de, title: 'Renamed' }, publish)).toBe('updated');
    for (const status of ['draft', 'published'] as const) {
      const titles = await documents(LEMMA).findMany({ filters: { documentId }, locale: '*', status } as never); // prettier-ignore
      expect(titles.map(({ title }) => title)).toEqual(['Renamed', 'Renamed']);
    }
  });
});
