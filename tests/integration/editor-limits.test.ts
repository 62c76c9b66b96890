import { CURATE, Editor, onArticles, onCategories, SEE } from '../helpers/editors';
import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

/* Editors who may read some entries, fields and locales, and try to find out about the others. */

const ARTICLE = 'api::article.article';
const SETTINGS = `/related-articles/settings/${ARTICLE}`;
const SET = 'plugin::related-articles.settings.update';

describe('the magazine', () => {
  let running: Running;
  let chief: Editor;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    running = await startStrapi();
    chief = await Editor.create(running, 'Chief');
  });
  afterAll(() => running.stop());

  const articles = () => running.strapi.documents(ARTICLE);
  const create = async (title: string, body: string, more: object = {}) => {
    const { documentId } = await articles().create({ data: { title, body, ...more }, status: 'published' } as never); // prettier-ignore
    ids[title] = documentId;
    return documentId;
  };
  const titleOf = (id: string) => Object.entries(ids).find(([, one]) => one === id)?.[0];

  test('proposals where an entry fits reveal neither who picks it nor which category a rule places it in', async () => {
    for (let at = 0; at < 6; at += 1) await create(`Bread ${at}`, `${BREAD[at % 3]} loaf${at} ${BREAD[(at + 1) % 3]}`); // prettier-ignore
    const category = async (name: string) => (await running.strapi.documents('api::category.category').create({ data: { name } } as never)).documentId; // prettier-ignore
    const [secret, other] = [await category('Layoffs'), await category('News')];
    for (let at = 0; at < 6; at += 1) await create(`Moon ${at}`, `${MOON[at % 3]} crater${at} ${MOON[(at + 1) % 3]}`, { category: at === 4 ? secret : other }); // prettier-ignore
    const alone = await create('Alone', 'qwertz uiop asdfg');
    await running.settled();
    const editor = await Editor.create(running, 'Without relations', [
      { action: SEE },
      { action: CURATE },
      ...onArticles(['read', 'update'], { fields: ['title', 'body', 'excerpt', 'slug', 'date'] }),
    ]);
    const fits = async (who: Editor) => {
      const { status, body } = await who.appearances(alone);
      expect(status).toBe(200);
      return body.data.fits.map((fit: { documentId: string }) => titleOf(fit.documentId));
    };
    const before = await fits(editor);
    await articles().update({ documentId: ids['Moon 3'], data: { relatedArticles: [alone] }, status: 'published' } as never); // prettier-ignore
    await running.settled();
    expect(await fits(editor)).toEqual(before);
    await articles().update({ documentId: ids['Moon 3'], data: { relatedArticles: [] }, status: 'published' } as never); // prettier-ignore
    const rules = { place: [{ relation: 'category', name: 'Layoffs', documentId: alone }] };
    expect((await chief.request('put', SETTINGS, { settings: { rules }, revision: 0 })).status).toBe(200); // prettier-ignore
    await running.settled();
    expect(await fits(editor)).toEqual(before);
  });

  test('other weights reveal neither dates nor links in fields that the editor may not read', async () => {
    const day = (at: number) => new Date(Date.UTC(2025, 0, at)).toISOString();
    const source = await create('Dated', 'zork plover xyzzy', { date: day(100) });
    for (const at of [101, 90, 140, 300]) await create(`Dated ${at}`, `zork plover xyzzy frob${at}`, { date: day(at) }); // prettier-ignore
    const target = await create('Target', 'entirely other vocabulary', { slug: 'target' });
    await create('Linker', 'words of no relation [x](/articles/target)');
    await running.settled();
    const grants = (fields: string[]) => [
      { action: SEE },
      { action: SET },
      ...onArticles(['read'], { fields }),
      ...onCategories(['read']),
    ];
    const fields = ['title', 'excerpt', 'slug', 'category', 'tags', 'relatedArticles'];
    const withoutDates = await Editor.create(running, 'Without dates', grants([...fields, 'body']));
    const withoutTexts = await Editor.create(running, 'Without texts', grants([...fields, 'date']));
    const preview = async (who: Editor, documentId: string, settings: object) => {
      const { status, body } = await who.request('post', `${SETTINGS}/preview`, { settings, documentIds: [documentId] }); // prettier-ignore
      expect(status).toBe(200);
      const [{ before, after }] = body.data.lists;
      // The panel says why nothing changes.
      expect(body.data.isPartial).toBe(who !== chief);
      return { before, after };
    };
    const dates = { weights: { text: 0, title: 0, taxonomy: 0, links: 0, date: 10 }, minScore: 0 };
    const shown = await preview(chief, source, dates);
    expect(shown.after).not.toEqual(shown.before);
    const hidden = await preview(withoutDates, source, dates);
    expect(hidden.after).toEqual(hidden.before);
    const close = await preview(withoutTexts, target, { minScore: 1 });
    expect(close.after).toEqual(close.before);
    const short = await preview(withoutDates, source, { limit: 2 });
    expect(short.after).toHaveLength(2);
  });
});

describe('an author with few entries', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startStrapi();
  });
  afterAll(() => running.stop());

  test('other rules reveal no categories of entries that the author may not read', async () => {
    const { strapi } = running;
    const author = await Editor.create(running, 'Author', [
      { action: SEE },
      { action: SET },
      ...onArticles(['read'], { conditions: ['admin::is-creator'] }),
      ...onCategories(['read']),
    ]);
    const secret = await strapi.documents('api::category.category').create({ data: { name: 'Layoffs' } } as never); // prettier-ignore
    const create = async (at: number, more: object) =>
      (await strapi.documents(ARTICLE).create({ data: { title: `Moon ${at}`, body: `${MOON[at % 3]} ${MOON[(at + 1) % 3]}`, ...more }, status: 'published' } as never)).documentId; // prettier-ignore
    const mine = await create(0, { createdBy: author.id });
    for (const at of [1, 2, 3, 4])
      await create(at, { category: at % 2 ? secret.documentId : null });
    await running.settled();
    const preview = async (settings: object) => {
      const { body } = await author.request('post', `${SETTINGS}/preview`, { settings, documentIds: [mine] }); // prettier-ignore
      const [{ before, after }] = body.data.lists;
      expect(after.length).toBeGreaterThan(0);
      return { before, after };
    };
    const never = await preview({ rules: { never: { category: ['Layoffs'] } } });
    expect(never.after).toEqual(never.before);
    expect((await preview({ limit: 1 })).after).toHaveLength(1);
    // Nor does tuning reveal how much others have pinned.
    expect((await author.request('post', `${SETTINGS}/tuning`, {})).status).toBe(403);
  });
});

describe('types with and without locales', () => {
  const MEMO = uidOf('memo');
  const THEME = uidOf('theme');
  const RECIPE = 'api::recipe.recipe';
  let site: Running;
  beforeAll(async () => {
    site = await startSite((config, appDir) => {
      const localized = { i18n: { localized: true } };
      const attributes = { name: { type: 'string', pluginOptions: localized } };
      writeType(appDir, { name: 'theme', draftAndPublish: false, attributes, localized: true });
      const themes = { type: 'relation', relation: 'manyToMany', target: THEME };
      writeType(appDir, { name: 'memo', attributes: { themes } });
      config.contentTypes[MEMO] = { title: 'title', text: { body: 1 }, relations: { themes: 1 } };
    });
    await site.strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  }, 120_000);
  afterAll(() => site?.stop());

  const read = (subject: string, fields: string[], locales?: string[]) => ({
    action: 'plugin::content-manager.explorer.read',
    subject,
    fields,
    locales,
  });

  test('hides names in a locale that the editor may not read, also on entries without locales', async () => {
    const { strapi } = site;
    interface Documents {
      create(params: object): Promise<{ documentId: string }>;
      update(params: object): Promise<unknown>;
    }
    const theme = strapi.documents(THEME as never) as unknown as Documents;
    const { documentId } = await theme.create({ data: { name: 'Harmless' }, locale: 'en' });
    await theme.update({ documentId, data: { name: 'Geheimprojekt' }, locale: 'de' });
    const memos: string[] = [];
    for (const at of [0, 1, 2, 3]) {
      const themes = { connect: [{ documentId, locale: 'de' }] };
      memos.push(await publishIn(strapi, 'memo', { title: `Memo ${at}`, body: `${BREAD[at % 3]} ${BREAD[(at + 1) % 3]} n${at}`, themes })); // prettier-ignore
    }
    await site.settled();
    const grants = (locales: string[]) => [
      { action: SEE },
      read(MEMO, ['title', 'body', 'themes']),
      read(THEME, ['name'], locales),
    ];
    const told = async (name: string, locales: string[]) => {
      const editor = await Editor.create(site, name, grants(locales));
      return JSON.stringify(await editor.list({ documentId: memos[0], status: 'published' } as never, MEMO)); // prettier-ignore
    };
    expect(await told('English', ['en'])).not.toContain('Geheimprojekt');
    expect(await told('Both', ['en', 'de'])).toContain('Geheimprojekt');
  });

  test('an entry cannot be pinned in a locale in which the editor may not read it', async () => {
    const recipes = site.strapi.documents(RECIPE as never) as unknown as {
      create(params: object): Promise<{ documentId: string }>;
      update(params: object): Promise<unknown>;
    };
    const own = { fields: ['dish', 'method', 'handle'], locales: ['en', 'de'], conditions: ['admin::is-creator'] }; // prettier-ignore
    const editor = await Editor.create(site, 'Own', [
      { action: SEE },
      { action: CURATE },
      ...['read', 'update', 'create'].map((action) => ({ action: `plugin::content-manager.explorer.${action}`, subject: RECIPE, ...own })), // prettier-ignore
    ]);
    const other = await Editor.create(site, 'Other');
    const make = async (dish: string, by: Editor, locale: string) =>
      (await recipes.create({ data: { dish, method: BREAD[0], createdBy: by.id }, locale, status: 'published' })).documentId; // prettier-ignore
    const mine = await make('Mine', editor, 'en');
    const hidden = await make('English of others', other, 'en');
    await recipes.update({ documentId: hidden, data: { dish: 'My German', createdBy: editor.id }, locale: 'de' }); // prettier-ignore
    const german = await make('German alone', editor, 'de');
    await site.settled();
    const pin = (documentId: string) =>
      editor.request('post', `/related-articles/curations/${RECIPE}/${mine}/pins`, { documentId, locale: 'en' }); // prettier-ignore
    const refused = await pin(hidden);
    expect(refused.status).toBe(404);
    expect(JSON.stringify(refused.body)).not.toMatch(/English of others|My German/);
    // An entry that does not exist in English yet may be pinned in advance.
    expect((await pin(german)).status).toBe(200);
  });
});
