import {
  ALL_READS,
  ARTICLE_FIND,
  createToken,
  FIND_BY_TEXT,
  grantPublic,
  RELATED_FIND,
  startStrapi,
  type Running,
} from '../helpers/strapi';
import { Editor } from '../helpers/editors';
import { BREAD, MOON, two } from '../helpers/texts';

/* Several sources, free text, fallback and age: what one request of a page may ask. */

const ARTICLE = 'api::article.article';
const CATEGORY = 'api::category.category';

let running: Running;
let chief: Editor;
const ids: Record<string, string> = {};

const articles = () => running.strapi.documents(ARTICLE);
const get = (place: string) => running.http.get(`/api/${place}`);
const lists = (query: string) => get(`related-articles/articles?${query}`);
const titlesOf = (documents: { title: string }[]) => documents.map(({ title }) => title);

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  await grantPublic(strapi, [...ALL_READS, FIND_BY_TEXT]);
  const category = async (name: string) => (await strapi.documents(CATEGORY).create({ data: { name } })).documentId; // prettier-ignore
  const [kitchen, sky] = [await category('Kitchen'), await category('Sky')];
  const create = async (title: string, body: string, day: number, more: object = {}) => {
    const date = new Date(Date.UTC(2024, 0, day)).toISOString();
    const data = { title, body, date, ...more };
    ids[title] = (await articles().create({ data, status: 'published' } as never)).documentId;
  };
  for (const at of [0, 1, 2]) await create(`Bread ${at}`, two(BREAD, at), 1 + at, { category: kitchen }); // prettier-ignore
  for (const at of [0, 1, 2]) await create(`Moon ${at}`, two(MOON, at), 100 + at, { category: sky }); // prettier-ignore
  await create('Kitchen radio', 'A little box that plays music and tells of traffic jams.', 50, { category: kitchen }); // prettier-ignore
  await create('Nothing like it', 'Zyxwv utsrq ponml kjihg fedcb.', 200);
  ids.draft = (await articles().create({ data: { title: 'Draft bread', slug: 'draft-bread', body: BREAD.join(' ') } } as never)).documentId; // prettier-ignore
  await articles().update({ documentId: ids['Bread 0'], locale: 'de', data: { title: 'Brot', body: 'Brot und Teig im Ofen' }, status: 'published' } as never); // prettier-ignore
  chief = await Editor.create(running, 'Chief');
  await running.settled();
});
afterAll(() => running.stop());

describe('several sources', () => {
  test('gives each source its list, in order, by documentId or slug, as if asked for alone', async () => {
    const asked = [ids['Moon 0'], 'bread-1', 'no-such-entry', ids.draft, 'draft-bread'];
    const { status, body } = await lists(`documentIds=${asked.join(',')}&fields=title&explain=true`); // prettier-ignore
    expect(status).toBe(200);
    expect(body.data.map(({ source }: { source: string }) => source)).toEqual(asked);
    expect(body.data.slice(2).map(({ documentId, related }: { documentId: string | null; related: unknown[] }) => [documentId, related])).toEqual([[null, []], [null, []], [null, []]]); // prettier-ignore
    for (const [at, id] of [ids['Moon 0'], ids['Bread 1']].entries()) {
      const alone = (await get(`articles/${id}/related?fields=title&explain=true`)).body;
      const list = body.data[at];
      expect(list.documentId).toBe(id);
      const plain = list.related.map(({ __related, ...document }: { __related: object; documentId: string }) => [document, { documentId: document.documentId, ...__related }]); // prettier-ignore
      expect(plain).toEqual(alone.data.map((document: object, i: number) => [document, alone.meta.related[i]])); // prettier-ignore
    }
  });

  test('distinct: no entry twice; together: one list, without the sources', async () => {
    const two = `documentIds=${ids['Bread 0']},${ids['Bread 1']}&fields=title&minScore=0`;
    const plain = (await lists(two)).body.data;
    const [first, second] = plain.map(({ related }: { related: { title: string }[] }) => titlesOf(related)); // prettier-ignore
    expect(second.filter((title: string) => first.includes(title))).not.toEqual([]);
    const distinct = (await lists(`${two}&distinct=true`)).body.data.map(({ related }: { related: { title: string }[] }) => titlesOf(related)); // prettier-ignore
    expect(distinct[0]).toEqual(first);
    expect(distinct[1].filter((title: string) => first.includes(title))).toEqual([]);
    const { data, meta } = (await lists(`${two}&together=true`)).body;
    const titles = titlesOf(data);
    expect(titles[0]).toBe('Bread 2');
    expect(titles).not.toContain('Bread 0');
    expect(titles).not.toContain('Bread 1');
    expect(meta.related).toHaveLength(titles.length);
  });

  test('together: an entry counts once, and each suggestion is explained by its closest source', async () => {
    const asked = `documentIds=${ids['Bread 0']},${ids['Moon 0']}&together=true&fields=title&minScore=0&explain=true`;
    const { data, meta } = (await lists(asked)).body;
    const twice = (await lists(asked.replace('documentIds=', 'documentIds=bread-0,'))).body;
    expect(twice).toEqual({ data, meta });
    const termsOf = (title: string) =>
      meta.related[titlesOf(data).indexOf(title)].explanation.terms as string[];
    const alone = async (id: string) => (await get(`articles/${id}/related?explain=true&minScore=0`)).body; // prettier-ignore
    for (const [source, title] of [
      ['Bread 0', 'Bread 2'],
      ['Moon 0', 'Moon 2'],
    ]) {
      const own = await alone(ids[source]);
      const at = titlesOf(own.data).indexOf(title);
      expect(termsOf(title)).toEqual(own.meta.related[at].explanation.terms);
      expect(termsOf(title).length).toBeGreaterThan(0);
    }
  });

  test('applies the pins and exclusions of each list, and filters', async () => {
    const [source, pin] = [ids['Bread 0'], ids['Moon 2']];
    await chief.curate(source, { pins: [pin], exclusions: [ids['Bread 1']] });
    const [list] = (await lists(`documentIds=${source},bread-2&fields=title`)).body.data;
    expect(list.related[0]).toMatchObject({ title: 'Moon 2', __related: { origin: 'pinned' } });
    expect(titlesOf(list.related)).not.toContain('Bread 1');
    const together = (await lists(`documentIds=${source},bread-2&fields=title&together=true`)).body;
    expect(titlesOf(together.data)[0]).toBe('Moon 2');
    expect(titlesOf(together.data)).not.toContain('Bread 1');
    const filtered = (await lists(`documentIds=${source},bread-2&fields=title&filters[category][name][$eq]=Sky&minScore=0`)).body; // prettier-ignore
    for (const { related } of filtered.data) {
      for (const { title } of related) expect(title).toMatch(/^Moon/);
    }
    await chief.curate(source, { revision: 1 });
  });

  test.each([
    ['', /^documentIds: expected documentIds or slugs separated by commas/],
    ['documentIds=', /^documentIds: expected/],
    ['documentIds=a,a', /^documentIds: expected each of them once/],
    [`documentIds=${Array.from({ length: 101 }, (_, at) => `a${at}`).join(',')}`, /^documentIds: expected at most 100 documentIds, got 101/], // prettier-ignore
    ['documentIds=a&distinct=true&together=true', /^distinct: /],
    ['documentIds=a&distinct=true&pagination[start]=1', /^distinct: expected the first page only/],
    ['documentIds=a,b,c,d,e,f&pagination[limit]=100', /^pagination: expected at most 500 suggestions in one answer, got 6 lists of 100/], // prettier-ignore
    ['documentIds=a,b&pagination[limit]=51&explain=true', /^pagination: expected at most 100 suggestions in one answer with explain, got 2 lists of 51/], // prettier-ignore
    ['documentIds=a&status=draft', /^status: there is no such parameter/],
    ['documentIds=a&documentId=b', /^documentId: there is no such parameter\. Did you mean "documentIds"/], // prettier-ignore
  ])('%.60s: 400', async (query, message) => {
    const { status, body } = await lists(query);
    expect([status, body.error.message]).toEqual([400, expect.stringMatching(message)]);
  });

  test('the right to find suggestions is needed, and that to find articles', async () => {
    for (const grants of [[RELATED_FIND], [ARTICLE_FIND]]) {
      await grantPublic(running.strapi, grants);
      expect((await lists(`documentIds=${ids['Bread 0']}`)).status).toBe(403);
    }
    await grantPublic(running.strapi, [...ALL_READS, FIND_BY_TEXT]);
  });
});

describe('free text', () => {
  const ask = (body: object | string, query = 'fields=title') =>
    running.http.post(`/api/related-articles/articles?${query}`).type('json').send(body);

  test('gives what is related to a text, with reasons, and stores nothing', async () => {
    const before = await running.strapi.db.query(ARTICLE).count({});
    const { status, body } = await ask({ title: 'My bread', text: BREAD.join(' ') }, 'fields=title&explain=true'); // prettier-ignore
    expect(status).toBe(200);
    expect(titlesOf(body.data).slice(0, 3).sort()).toEqual(['Bread 0', 'Bread 1', 'Bread 2']);
    expect(body.meta.related[0].explanation.terms.length).toBeGreaterThan(0);
    expect(await running.strapi.db.query(ARTICLE).count({})).toBe(before);
    expect(titlesOf((await ask({ title: 'moon craters' })).body.data)[0]).toMatch(/^Moon/);
    expect(titlesOf((await ask({ text: 'Brot im Ofen', locale: 'de' })).body.data)).toEqual(['Brot']); // prettier-ignore
  });

  test.each<[object, number, RegExp]>([
    [{}, 400, /^title, text: expected at least one of them/],
    [{ title: ' ', text: '' }, 400, /^title, text: expected at least one/],
    [{ text: 7 }, 400, /^text: expected a text, got 7/],
    [{ body: 'x' }, 400, /^body: there is no such parameter/],
    [[], 400, /expected \{ title, text, locale \}/],
    [{ text: 'x', locale: '*' }, 400, /^locale: expected one locale code/],
    [{ text: 'x'.repeat(20_001) }, 413, /^title, text: expected at most 20000 characters together, got 20001/], // prettier-ignore
  ])('bad body %#', async (sent, status, message) => {
    const answer = await ask(sent);
    expect([answer.status, answer.body.error.message]).toEqual([status, expect.stringMatching(message)]); // prettier-ignore
  });

  test('names an unknown locale only to callers who may list locales', async () => {
    const LIST_LOCALES = 'plugin::i18n.locales.listLocales';
    const unknown = () => ask({ title: 'moon', locale: 'nl' });
    expect((await unknown()).body.data).toEqual([]);
    const permissions = running.strapi.db.query('plugin::users-permissions.permission');
    const role = await running.strapi.db.query('plugin::users-permissions.role').findOne({ where: { type: 'public' } }); // prettier-ignore
    const { id } = await permissions.create({ data: { action: LIST_LOCALES, role: role.id } });
    const { status, body } = await unknown();
    expect([status, body.error.message]).toEqual([404, 'There is no locale "nl"']);
    await permissions.delete({ where: { id } });
  });

  test('words find nothing that the caller may not read', async () => {
    await grantPublic(running.strapi, [RELATED_FIND, ARTICLE_FIND, FIND_BY_TEXT]);
    const { status, body } = await ask({ title: 'Kitchen' });
    expect([status, body.error.message]).toEqual([403, 'Suggestions for texts need the right to find what these relations lead to: category, tags']); // prettier-ignore
    await grantPublic(running.strapi, [...ALL_READS, FIND_BY_TEXT]);
  });

  test('needs an action of its own', async () => {
    await grantPublic(running.strapi, ALL_READS);
    expect((await ask({ title: 'bread' })).status).toBe(403);
    await grantPublic(running.strapi, [...ALL_READS, FIND_BY_TEXT]);
    const token = await createToken(running.strapi, 'read-only');
    const answer = await ask({ title: 'bread' }).set('Authorization', `Bearer ${token}`);
    expect(answer.status).toBe(403);
  });
});

describe('fallback and age', () => {
  const related = async (title: string, query: string) => {
    const { status, body } = await get(`articles/${ids[title]}/related?fields=title&${query}`);
    expect(status).toBe(200);
    const metas: { origin: string }[] = body.meta.related;
    return body.data.map((document: { title: string }, at: number) => `${metas[at].origin === 'fallback' ? '~' : ''}${document.title}`); // prettier-ignore
  };

  test('fills nothing unless asked for; then with the newest, or the same category first', async () => {
    expect(await related('Nothing like it', '')).toEqual([]);
    expect(await related('Nothing like it', 'fallback=newest&pagination[limit]=3')).toEqual(['~Moon 2', '~Moon 1', '~Moon 0']); // prettier-ignore
    const radio = await related('Kitchen radio', 'minScore=1&fallback=category&pagination[limit]=5'); // prettier-ignore
    expect(radio).toEqual(['~Bread 2', '~Bread 1', '~Bread 0', '~Nothing like it', '~Moon 2']);
    expect(await related('Kitchen radio', 'minScore=1&fallback=category&pagination[page]=2')).toEqual([]); // prettier-ignore
  });

  test('obeys exclusions, filters, permissions and age, and repeats nothing', async () => {
    const exclude = `exclude=${ids['Moon 2']}`;
    expect(await related('Nothing like it', `fallback=newest&pagination[limit]=2&${exclude}`)).toEqual(['~Moon 1', '~Moon 0']); // prettier-ignore
    expect(await related('Nothing like it', 'fallback=newest&filters[title][$startsWith]=Bread')).toEqual(['~Bread 2', '~Bread 1', '~Bread 0']); // prettier-ignore
    await chief.curate(ids['Nothing like it'], { exclusions: [ids['Moon 1']] });
    expect(await related('Nothing like it', 'fallback=newest&pagination[limit]=2')).toEqual(['~Moon 2', '~Moon 0']); // prettier-ignore
    await chief.curate(ids['Nothing like it'], { revision: 1 });
    expect(await related('Nothing like it', 'fallback=newest&maxAge=99')).toEqual(['~Moon 2', '~Moon 1']); // prettier-ignore
    const list = await related('Bread 0', 'fallback=newest&pagination[limit]=8');
    expect(new Set(list.map((title: string) => title.replace('~', ''))).size).toBe(list.length);
    expect(list).not.toContain('~Bread 0');
    const several = (await lists(`documentIds=${ids['Nothing like it']},${ids['Kitchen radio']}&fields=title&fallback=newest&distinct=true&pagination[limit]=3&minScore=1`)).body.data; // prettier-ignore
    const all = several.flatMap(({ related: entries }: { related: { title: string }[] }) => titlesOf(entries)); // prettier-ignore
    expect(new Set(all).size).toBe(all.length);
  });

  test('several lists: distinct repeats no entry of another list, together applies the exclusions of all', async () => {
    const pair = `documentIds=${ids['Nothing like it']},${ids['Moon 0']}&fields=title&minScore=0.2&pagination[limit]=3`;
    const { data } = (await lists(`${pair}&fallback=newest&distinct=true`)).body;
    const all = data.flatMap(({ related: entries }: { related: { title: string }[] }) => titlesOf(entries)); // prettier-ignore
    expect(new Set(all).size).toBe(all.length);
    await chief.curate(ids['Moon 0'], { exclusions: [ids['Moon 2']] });
    for (const order of [
      ['Nothing like it', 'Moon 0'],
      ['Moon 0', 'Nothing like it'],
    ]) {
      // prettier-ignore
      const both = order.map((title) => ids[title]).join(',');
      const answer = await lists(`documentIds=${both}&fields=title&together=true&fallback=newest`);
      expect(titlesOf(answer.body.data)).not.toContain('Moon 2');
    }
    await chief.curate(ids['Moon 0'], { revision: 1 });
  });

  test('age counts from the newest article', async () => {
    expect((await related('Bread 0', 'minScore=0&pagination[limit]=20')).length).toBeGreaterThan(2);
    const young = await related('Bread 0', 'minScore=0&maxAge=150&pagination[limit]=20');
    for (const title of young) expect(title).not.toMatch(/Bread/);
  });

  test.each([
    ['fallback=oldest', /^fallback: expected "none", "category", "newest", got "oldest"/],
    ['maxAge=0', /^maxAge: expected a whole number of days from 1 to 36500, got "0"/],
    ['maxAge=1.5', /^maxAge: /],
    ['limit=3', /^limit: there is no such parameter\. Did you mean "pagination\[limit\]"\?/],
    ['pageSize=3', /^pageSize: .* Did you mean "pagination\[pageSize\]"\?/],
    ['filters[categori][name][$eq]=x', /^filters: there is no attribute "categori"\. Did you mean "category"\?/], // prettier-ignore
    ['fields=titel', /^fields: there is no attribute "titel"\. Did you mean "title"\?/],
    ['populate[category][fields][0]=nam', /^(?!.*excerpt).*nam/],
    ['filters[category][nam][$eq]=x', /^(?!.*excerpt).*nam/],
    ['populate=categori', /Did you mean "category"/],
    ['exclude=nonsense', /^exclude: expected documentIds of published entries, got "nonsense"/],
  ])('%s: 400', async (query, message) => {
    const { status, body } = await get(`articles/${ids['Bread 0']}/related?${query}`);
    expect([status, body.error.message]).toEqual([400, expect.stringMatching(message)]);
  });

  test('refuses to exclude a draft in the same way as an unknown id', async () => {
    const { body } = await get(`articles/${ids['Bread 0']}/related?exclude=${ids.draft}`);
    expect(body.error.message).toBe(`exclude: expected documentIds of published entries, got "${ids.draft}"`); // prettier-ignore
  });

  test('a 404 says what is missing, as far as the caller may know', async () => {
    const said = async (place: string) => {
      const { status, body } = await get(place);
      return [status, body.error.message];
    };
    expect(await said('articles/nonsense/related')).toEqual([404, 'There is no such entry']);
    expect(await said(`articles/${ids.draft}/related`)).toEqual([404, 'There is no such entry']);
    const moon = ids['Moon 0'];
    const elsewhere = (locale: string, others: string) => [404, `There is no such entry in locale "${locale}". It exists in: ${others}`]; // prettier-ignore
    expect(await said(`articles/${moon}/related?locale=de`)).toEqual(elsewhere('de', '"en"'));
    expect(await said('articles/brot/related')).toEqual(elsewhere('en', '"de"'));
    expect(await said(`articles/${moon}/related?locale=xx`)).toEqual(elsewhere('xx', '"en"'));
  });

  test('does not resend an answer that the caller has; another body has another tag', async () => {
    const place = `articles/${ids['Bread 0']}/related?fields=title`;
    const first = await get(place);
    const { etag, vary } = first.headers;
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    expect(first.headers['cache-control']).toBe('public, no-cache');
    expect(vary).toMatch(/Authorization/);
    const again = await get(place).set('If-None-Match', etag);
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag]);
    expect((await get(place).set('If-None-Match', '"other"')).status).toBe(200);
    const token = await createToken(running.strapi, 'read-only');
    const mine = await get(place).set('Authorization', `Bearer ${token}`);
    expect(mine.headers['cache-control']).toBe('private, no-cache');
    await articles().update({ documentId: ids['Bread 1'], data: { title: 'Bread one' }, status: 'published' } as never); // prettier-ignore
    await running.settled();
    const changed = await get(place).set('If-None-Match', etag);
    expect(changed.status).toBe(200);
    expect(changed.headers.etag).not.toBe(etag);
    expect((await lists(`documentIds=${ids['Bread 0']}`)).headers.etag).toMatch(/^"/);
    expect((await get('articles/nonsense/related')).headers.etag).toBeUndefined();
  });

  test('inline: each document carries its own details; scores have four digits', async () => {
    const { data, meta } = (await get(`articles/${ids['Bread 0']}/related?fields=title&inline=true`)).body; // prettier-ignore
    expect(data.map(({ __related }: { __related: object }, at: number) => ({ documentId: data[at].documentId, ...__related }))).toEqual(meta.related); // prettier-ignore
    for (const { score } of meta.related) expect(score).toBe(Math.round(score * 1e4) / 1e4);
  });
});
