import fc from 'fast-check';
import { appOf } from 'plugin/app';

import { DATABASE, startDatabase, type Kind, type TestDatabase } from '../helpers/databases';
import { BREAD, MOON } from '../helpers/texts';
import { Site } from './site';

const RUNS = 1500;
const SEED = 20261125;

const ATTRIBUTES = ['id', 'documentId', 'title', 'slug', 'excerpt', 'body', 'date', 'createdAt', 'publishedAt', 'locale', 'category', 'tags', 'cover', 'localizations', 'name', 'articles', 'formats', 'size', 'width', 'createdBy']; // prettier-ignore
const OPERATORS = ['$eq', '$eqi', '$ne', '$nei', '$in', '$notIn', '$lt', '$lte', '$gt', '$gte', '$between', '$contains', '$notContains', '$containsi', '$notContainsi', '$startsWith', '$startsWithi', '$endsWith', '$endsWithi', '$null', '$notNull', '$not', '$and', '$or', '$jsonSupersetOf']; // prettier-ignore
const VALUES = ['a', '', '0', '1', '-1', '1.5', '1e3', '1e400', 'NaN', 'true', 'null', '2147483647', '2147483648', '9223372036854775808', '99999999999999999999', '2026-03-01', '2026-03-01T00:00:00Z', '2026-13-45', '-271821-04-20', '0000-00-00', '9999-12-31T23:59:59Z', '%00', 'a%00b', '%F0%9F%8D%9E', '%C3%28', '%27', '%5C', '%25', '_', '{}', '[]', 'en', '*', 'x'.repeat(300)]; // prettier-ignore

const attribute = fc.constantFrom(...ATTRIBUTES);
const operator = fc.constantFrom(...OPERATORS);
const value = fc.constantFrom(...VALUES);
const index = fc.constantFrom('', '[0]', '[1]');

const condition = fc
  .tuple(
    fc.array(attribute, { minLength: 1, maxLength: 3 }),
    fc.array(operator, { maxLength: 2 }),
    index,
    value,
  )
  .map(([path, operators, at, text]) => `${[...path, ...operators].map((name) => `[${name}]`).join('')}${at}=${text}`); // prettier-ignore
/** Groups and operators behind a relation, where Strapi mixes them up. */
const mixed = fc
  .tuple(attribute, fc.constantFrom('[$not]', '[$and][0]', '[$or][0]', ''), attribute, value, fc.constantFrom('', '[$eq]', '[$and][0][id]', '[$null]'), value) // prettier-ignore
  .map(([name, group, inner, text, other, more]) => `filters[${name}]${group}[${inner}]=${text}${other && `&filters[${name}]${other}=${more}`}`); // prettier-ignore
/** What every route answers. */
const HONEST = ['filters[id][$gt]=0', 'filters[documentId][$ne]=a', 'filters[createdAt][$gt]=2000-01-01', 'fields[0]=documentId', 'pagination[limit]=5']; // prettier-ignore
const part = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...HONEST) },
  { weight: 6, arbitrary: condition.map((text) => `filters${text}`) },
  { weight: 1, arbitrary: condition.map((text) => `filters[$or][0]${text}`) },
  { weight: 1, arbitrary: fc.tuple(attribute, condition).map(([name, text]) => `populate[${name}][filters]${text}`) }, // prettier-ignore
  {
    weight: 1,
    arbitrary: fc.tuple(attribute, value).map(([name, text]) => `sort=${name}:${text}`),
  },
  { weight: 1, arbitrary: fc.array(attribute, { minLength: 1, maxLength: 3 }).map((path) => `sort=${path.join('.')}`) }, // prettier-ignore
  { weight: 1, arbitrary: mixed },
  { weight: 1, arbitrary: fc.tuple(attribute, attribute, attribute).map(([name, by, last]) => `populate[${name}][sort]=${by}.${last}`) }, // prettier-ignore
  { weight: 1, arbitrary: attribute.map((name) => `fields[0]=${name}`) },
  { weight: 1, arbitrary: fc.array(attribute, { minLength: 1, maxLength: 3 }).map((path) => `populate=${path.join('.')}`) }, // prettier-ignore
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('start', 'limit', 'page', 'pageSize', 'withCount'), value).map(([name, text]) => `pagination[${name}]=${text}`) }, // prettier-ignore
  { weight: 1, arbitrary: value.map((text) => `locale=${text}`) },
  { weight: 1, arbitrary: value.map((text) => `_q=${text}`) },
);
const query = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('&'));

/** Guarded routes answer any query: no database is asked what it cannot answer. */
function describeQueries(kind: Kind): void {
  describe(`queries on ${kind}`, () => {
    let database: TestDatabase;
    let site: Site;
    beforeAll(async () => {
      database = await startDatabase(kind);
      site = await Site.start(database);
      site.strapi.log.level = 'silent';
      await site.running.settled();
    });
    afterAll(async () => {
      await site?.running.stop();
      await database?.remove();
    });

    test(`${RUNS} random ones are answered with 200, 400, 403 or 404`, async () => {
      const [{ documentId }] = await site.articles.findMany({ status: 'published', limit: 1 });
      const roots = [`articles/${documentId}/related`, 'articles', 'categories', 'tags'];
      const failures: string[] = [];
      const statuses = new Map<number, number>();
      for (const [i, asked] of fc.sample(query, { numRuns: RUNS, seed: SEED }).entries()) {
        const place = `${roots[i % roots.length]}?${asked}`;
        const { status, text } = await site.running.http.get(`/api/${place}`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (![200, 400, 403, 404].includes(status)) {
          failures.push(`${place}: ${status} ${text}`);
        }
      }
      expect(failures).toEqual([]);
      for (const status of [200, 400]) expect(statuses.get(status)).toBeGreaterThan(100);
    });

    test('what only some databases could answer is refused on all, and what leads to drafts is looked up', async () => {
      const statuses: [string, number][] = [];
      const [{ documentId }] = await site.articles.findMany({ status: 'published', limit: 1 });
      const expected: Record<string, number> = {
        'sort=title,title,category.name': 400,
        'sort[0]=title:asc&sort[1][category][name]=asc&sort[2]=title:desc': 400,
        'sort[category][name]=asc&sort[title]=asc&sort[slug]=asc': 200,
        'populate[tags][count]=true&populate[tags][sort]=name': 400,
        'populate[tags][count]=true&populate[tags][populate]=articles': 400,
        'populate[tags][count]=true&populate[tags][filters][name]=x': 200,
        'sort=title&populate[relatedArticles][sort]=title&populate[tags][sort]=name&populate[category][fields]=name': 200, // prettier-ignore
        'sort=relatedArticles.title': 200,
        'filters[$not][relatedArticles][title]=x': 200,
        'filters[relatedArticles][$or][0][title]=x&filters[relatedArticles][$or][1][slug]=y': 200,
        'filters[relatedArticles][title]=x&filters[relatedArticles][publishedAt][0]=2026-01-01': 200, // prettier-ignore
        'filters[createdAt][$gt]=999999999999999': 400,
        'filters[createdAt][$gt]=1700000000000': 200,
        'where[title]=x': 400,
      };
      for (const asked of Object.keys(expected)) {
        const { status } = await site.running.http.get(`/api/articles?${asked}`);
        statuses.push([asked, status]);
        const filtered = asked.startsWith('filters') && `/api/articles/${documentId}/related?${asked}`; // prettier-ignore
        if (filtered) statuses.push([asked, (await site.running.http.get(filtered)).status]);
      }
      for (const [asked, status] of statuses)
        expect([asked, status]).toEqual([asked, expected[asked]]);
    });

    test('a documentId or locale in other spelling is found or unknown, and never the project’s fault', async () => {
      const [first, second] = await site.articles.findMany({ status: 'published', limit: 2 });
      const other = second.documentId.toUpperCase();
      const one = await site.running.http.get(`/api/articles/${first.documentId}/related?exclude=${other}`); // prettier-ignore
      expect([one.status, one.body.error?.message]).not.toEqual([403, expect.anything()]);
      const several = await site.running.http.get(`/api/related-articles/articles?documentIds=${other}`); // prettier-ignore
      expect(several.status).not.toBe(403);
      const { body } = await site.running.http.get(
        '/api/articles?locale=EN&related=2&fields=title',
      );
      for (const { related } of body.data) expect(related).toHaveLength(2);
    });

    test('a slug names the entry that has exactly this one, even if the database takes others for equal', async () => {
      const rows = await site.articles.findMany({ status: 'published', limit: 2 });
      const slugs = ['ganz-schon', 'ganz-schön'];
      const { tableName } = site.strapi.db.metadata.get('api::article.article');
      for (const [at, { documentId }] of rows.entries()) {
        const table = site.strapi.db.getConnection(tableName);
        await table.where({ document_id: documentId }).update({ slug: slugs[at] });
      }
      for (const [at, slug] of slugs.entries()) {
        const { body } = await site.running.http.get(`/api/articles/${encodeURIComponent(slug)}/related?fields=title`); // prettier-ignore
        const listed = body.data.map(({ documentId }: { documentId: string }) => documentId);
        expect([slug, rows.map(({ documentId }) => listed.includes(documentId))]).toEqual([slug, [at !== 0, at !== 1]]); // prettier-ignore
      }
    });

    test('of many slugs that the database takes for equal, the one asked for is found', async () => {
      const { tableName } = site.strapi.db.metadata.get('api::article.article');
      const ids: string[] = [];
      let slug = '';
      // Written in more ways than entries with the same slug are tried.
      for (let way = 0; way < 22; way += 1) {
        const document_id = await site.published({ title: `Way ${way}`, body: way < 20 ? BREAD[way % BREAD.length] : MOON[way - 20] }); // prettier-ignore
        ids.push(document_id);
        slug = [...'similar'].map((letter, at) => (way & (1 << at) ? letter.toUpperCase() : letter)).join(''); // prettier-ignore
        const table = site.strapi.db.getConnection(tableName);
        await table.where({ document_id }).update({ slug });
      }
      await site.settled();
      const listOf = async (name: string) => (await site.running.http.get(`/api/articles/${name}/related?fields=title`)).body.data; // prettier-ignore
      const wanted = await listOf(ids[21]);
      expect(wanted).not.toEqual(await listOf(ids[0]));
      expect(wanted).toMatchObject([{ documentId: ids[20] }]);
      expect(await listOf(slug)).toEqual(wanted);
    });

    test('the last event of each list stays of old history, without a name', async () => {
      const query = site.strapi.db.query('plugin::related-articles.curation-event');
      const old = Date.now() - 400 * 86_400_000;
      const add = (sourceId: string, revision: number, at: number, action = 'changed') =>
        query.create({
          data: {
            ...{ sourceType: 'api::article.article', sourceId, sourceLocale: '', action, revision },
            ...{ pins: [], exclusions: [], editor: 'Ada', editorId: 'ada' },
            createdAt: new Date(at),
          },
        });
      for (let revision = 1; revision <= 250; revision += 1) await add('busy', revision, old);
      await add('kept', 1, old);
      await add('kept', 2, Date.now());
      await add('anew', 1, old, 'removed');
      await add('anew', 2, Date.now());
      await add('gone', 1, old);
      await add('gone', 1, old + 1000, 'removed');
      Object.assign(appOf(site.strapi).maintenance, { forgotAt: -Infinity });
      await appOf(site.strapi).index.sweep();
      const kept = await query.findMany({ where: { sourceId: ['busy', 'kept', 'anew', 'gone'] }, orderBy: { id: 'asc' } } as never); // prettier-ignore
      const told = kept.map((row: Record<string, unknown>) => [row.sourceId, row.revision, row.editor, row.editorId]); // prettier-ignore
      expect(told).toEqual([
        ['busy', 250, null, null],
        ['kept', 1, null, null],
        ['kept', 2, 'Ada', 'ada'],
        ['anew', 1, null, null],
        ['anew', 2, 'Ada', 'ada'],
      ]);
    });
  });
}

describeQueries(DATABASE);
