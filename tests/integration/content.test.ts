import { grantPublic, startStrapi, type Running } from '../helpers/strapi';

const ARTICLE = 'api::article.article';

let running: Running;
beforeAll(async () => {
  running = await startStrapi();
  await running.strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  await grantPublic(running.strapi, ['api::article.article.create', 'api::article.article.update']);
});
afterAll(() => running.stop());

const documents = () => running.strapi.documents(ARTICLE);
const post = (data: object) => running.http.post('/api/articles').send({ data });

describe('slugs', () => {
  test('fifty parallel creates of one title through REST leave fifty slugs', async () => {
    const responses = await Promise.all(
      Array.from({ length: 50 }, () => post({ title: 'The same title' })),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(50).fill(201));
    const slugs = responses.map(({ body }) => body.data.slug);
    expect(new Set(slugs).size).toBe(50);
    expect(slugs).toEqual(
      expect.arrayContaining(['the-same-title', 'the-same-title-1', 'the-same-title-49']),
    );
  });

  test('a supplied slug is kept; a supplied duplicate is a 400 that names it', async () => {
    expect((await post({ title: 'Mine', slug: 'my-own' })).body.data.slug).toBe('my-own');
    const { status, body } = await post({ title: 'Also mine', slug: 'my-own' });
    expect(status).toBe(400);
    expect(body.error.message).toMatch(/slug: "my-own" is already used by another article/);
  });

  test('parallel supplied duplicates: exactly one wins', async () => {
    const responses = await Promise.all(
      Array.from({ length: 8 }, () => post({ title: 'Race', slug: 'race' })),
    );
    const statuses = responses.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array(7).fill(400)]);
  });

  test('a slug is unique within its locale only', async () => {
    const english = await documents().create({ data: { title: 'Sauerkraut' }, locale: 'en' });
    const german = await documents().create({ data: { title: 'Sauerkraut' }, locale: 'de' });
    expect([english.slug, german.slug]).toEqual(['sauerkraut', 'sauerkraut']);
    const translated = await documents().update({
      documentId: english.documentId,
      locale: 'de',
      data: { title: 'Sauerkraut' },
    });
    expect(translated?.slug).toBe('sauerkraut-1');
  });

  test('German letters are written out in German', async () => {
    const { slug } = await documents().create({ data: { title: 'Käse über Brot' }, locale: 'de' });
    expect(slug).toBe('kaese-ueber-brot');
  });

  test('a new title does not change the slug; an emptied slug is made again', async () => {
    const { documentId } = await documents().create({
      data: { title: 'First' },
      status: 'published',
    });
    const edited = await documents().update({
      documentId,
      data: { title: 'Second' },
      status: 'published',
    });
    expect(edited?.slug).toBe('first');
    const emptied = await documents().update({ documentId, data: { slug: '' } });
    expect(emptied?.slug).toBe('second');
  });

  test('two parallel saves of one article keep its slug', async () => {
    const { documentId } = await documents().create({ data: { title: 'Saved twice' } });
    const saves = await Promise.all([
      documents().update({ documentId, data: { title: 'a', slug: 'saved-twice' } }),
      documents().update({ documentId, data: { title: 'b', slug: 'saved-twice' } }),
    ]);
    expect(saves.map((save) => save?.slug)).toEqual(['saved-twice', 'saved-twice']);
  });

  test('a draft without title may be saved, and gets its slug with the title', async () => {
    const draft = await running.strapi
      .documents(ARTICLE)
      .create({ data: { excerpt: 'not yet' } as never });
    expect(draft.slug).toBeNull();
    const titled = await documents().update({
      documentId: draft.documentId,
      data: { title: 'Now' },
    });
    expect(titled?.slug).toBe('now');
  });

  test('a title without Latin letters gets a stable fallback', async () => {
    const { slug } = await documents().create({ data: { title: '日本の庭' } });
    expect(slug).toMatch(/^article-[0-9a-f]{8}$/);
  });

  test('a clone gets slugs of its own in every locale', async () => {
    const { documentId } = await documents().create({ data: { title: 'Original' }, locale: 'en' });
    await documents().update({ documentId, locale: 'de', data: { title: 'Vorlage' } });
    const clone = await documents().clone({ documentId, locale: '*' } as never);
    const slugs = await running.strapi.db
      .query(ARTICLE)
      .findMany({ where: { documentId: clone?.documentId }, orderBy: { locale: 'asc' } });
    expect(slugs.map(({ slug }) => slug)).toEqual(['vorlage-1', 'original-1']);
  });

  test('a category can be cloned, under its own name or another', async () => {
    const categories = running.strapi.documents('api::category.category');
    const { documentId } = await categories.create({ data: { name: 'Cloned' } });
    const slugOf = async (data: object) => {
      const clone = await categories.clone({ documentId, data } as never);
      return (await categories.findOne({ documentId: clone?.documentId as string }))?.slug;
    };
    expect(await slugOf({})).toBe('cloned-1');
    expect(await slugOf({ name: 'Renamed' })).toBe('renamed');
    expect(await slugOf({ slug: 'asked-for' })).toBe('asked-for');
  });

  test('a slug that is not a string is a 400 that names it', async () => {
    const { status, body } = await post({ title: 'Odd', slug: { a: 1 } });
    expect(status).toBe(400);
    expect(body.error.message).toMatch(/^slug: expected .*, got {"a":1}/);
  });

  test('a write that rolls back frees its slug', async () => {
    await expect(
      running.strapi.db.transaction(async () => {
        await documents().create({ data: { title: 'Rolled back' } });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const { slug } = await documents().create({ data: { title: 'Rolled back' } });
    expect(slug).toBe('rolled-back');
  });

  test('categories and tags have slugs from their names', async () => {
    const category = await running.strapi
      .documents('api::category.category')
      .create({ data: { name: 'Night Sky' } });
    const tag = await running.strapi.documents('api::tag.tag').create({ data: { name: 'C++' } });
    expect(category.slug).toBe('night-sky');
    expect(tag.slug).toBeTruthy();
  });

  test("the button of the admin's form proposes the same slug", async () => {
    const uid = running.strapi.plugin('content-manager').service('uid');
    await documents().create({ data: { title: 'Bread & butter' } });
    const proposed = await uid.generateUIDField({
      contentTypeUID: ARTICLE,
      field: 'slug',
      data: { title: 'Bread & butter' },
      locale: 'en',
    });
    expect(proposed).toBe('bread-and-butter-1');
  });
});

describe('the date', () => {
  const publishedDate = async (documentId: string) =>
    (await documents().findOne({ documentId, status: 'published' }))?.date;

  test('is set at the first publish and does not move with the next', async () => {
    const { documentId, date } = await documents().create({ data: { title: 'Dated' } });
    expect(date).toBeNull();
    await documents().publish({ documentId });
    const first = await publishedDate(documentId);
    expect(Date.now() - new Date(first as string).getTime()).toBeLessThan(60_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await documents().publish({ documentId });
    expect(await publishedDate(documentId)).toBe(first);
    await documents().update({ documentId, data: { date: null } as never });
    await documents().publish({ documentId });
    expect(await publishedDate(documentId)).toBe(first);
  });

  test('is set when an article is created or updated as published', async () => {
    const created = await documents().create({ data: { title: 'At once' }, status: 'published' });
    expect(created.date).toBeTruthy();
    const { documentId } = await documents().create({ data: { title: 'Later' } });
    await documents().update({ documentId, data: { title: 'Later on' }, status: 'published' });
    expect(await publishedDate(documentId)).toBeTruthy();
  });

  test('stays if an author has chosen it', async () => {
    const chosen = '2020-02-02T00:00:00.000Z';
    const { documentId } = await documents().create({ data: { title: 'Old', date: chosen } });
    await documents().publish({ documentId });
    expect(await publishedDate(documentId)).toBe(chosen);
  });

  test('a failed publish leaves no date behind', async () => {
    const { documentId } = await documents().create({ data: { excerpt: 'no title' } as never });
    await expect(documents().publish({ documentId })).rejects.toThrow();
    expect((await documents().findOne({ documentId }))?.date).toBeNull();
  });
});
