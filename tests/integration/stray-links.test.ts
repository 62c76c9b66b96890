import fs from 'node:fs';
import path from 'node:path';

import { forgetStrays, publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/*
 * Published entries that lead to drafts, as upgrades from Strapi 4, writes by row ids and relations without a join table
 * leave them: nobody finds words of the drafts over them.
 */

const GUARDED = `require('@strapi/strapi').factories.createCoreRouter('${uidOf('author')}', { config: { find: { policies: ['api::author.shared', 'plugin::related-articles.published-only'] } } })`; // prettier-ignore
/** Conditions that the project has made once for all requests. */
const SHARED = "(() => { const books = Object.freeze({ title: 'Known' }); const filters = Object.freeze({ books }); return ({ request: { query } }) => { if (query.shared) query.filters = filters; return true; }; })()"; // prettier-ignore
const [AUTHOR, BOOK, PART] = [uidOf('author'), uidOf('book'), 'comp.ref'];

let site: Running;
let mary: string;
/** A draft, by its row. */
let secret: number;
beforeAll(async () => {
  site = await startSite((config, appDir) => {
    const relation = (kind: string, target: string, more: object = {}) => ({ type: 'relation', relation: kind, target, ...more }); // prettier-ignore
    writeType(appDir, {
      name: 'author',
      routes: GUARDED,
      policies: { shared: SHARED },
      attributes: {
        books: relation('manyToMany', BOOK, { inversedBy: 'authors' }),
        first: relation('manyToOne', BOOK, { useJoinTable: false }),
        part: { type: 'component', component: PART },
        zone: { type: 'dynamiczone', components: ['comp.box'] },
      },
    });
    writeType(appDir, {
      name: 'book',
      attributes: { authors: relation('manyToMany', AUTHOR, { mappedBy: 'books' }) },
    });
    const component = (name: string, attributes: object) => {
      fs.mkdirSync(path.join(appDir, 'src/components/comp'), { recursive: true });
      const schema = { collectionName: `components_comp_${name}`, info: { displayName: name }, attributes }; // prettier-ignore
      fs.writeFileSync(path.join(appDir, `src/components/comp/${name}.json`), JSON.stringify(schema)); // prettier-ignore
    };
    component('ref', {
      label: { type: 'string' },
      status: { type: 'string' },
      book: relation('oneToOne', BOOK),
    });
    component('box', { refs: { type: 'component', component: PART, repeatable: true } });
    config.contentTypes[AUTHOR] = { title: 'title', text: { body: 1 } };
  });
  const { strapi } = site;
  strapi.log.level = 'silent';
  await grantPublic(strapi, [RELATED_FIND, ...[AUTHOR, BOOK].flatMap((uid) => [`${uid}.find`, `${uid}.findOne`])]); // prettier-ignore
  const book = await publishIn(strapi, 'book', { title: 'Known' });
  const part = { label: 'x', book };
  const zone = [{ __component: 'comp.box', refs: [part] }];
  mary = await publishIn(strapi, 'author', { title: 'Mary', body: BREAD[0], books: [book], part, zone }); // prettier-ignore
  const isPublished = { publishedAt: { $notNull: true } };
  const { id } = await strapi.db
    .query(BOOK)
    .findOne({ where: { documentId: book, ...isPublished } });
  const { tableName } = strapi.db.metadata.get(AUTHOR);
  await strapi.db.connection(tableName).where({ document_id: mary }).update({ first_id: id });
  await publishIn(strapi, 'author', { title: 'Other', body: BREAD[1] });
  const draft = await strapi
    .documents(BOOK as never)
    .create({ data: { title: 'zzsecret' } as never });
  secret = Number((draft as unknown as { id: number }).id);
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

/** Links the published Mary, and what lies in her, to the draft. */
async function stray(): Promise<() => Promise<void>> {
  const { strapi } = site;
  const { connection, metadata } = strapi.db;
  const { id } = await strapi.db.query(AUTHOR).findOne({ where: { documentId: mary, publishedAt: { $notNull: true } } }); // prettier-ignore
  const tableOf = (uid: string, name: string) =>
    (metadata.get(uid).attributes[name] as unknown as { joinTable: Record<string, { name: string }> & { name: string } }).joinTable; // prettier-ignore
  const books = tableOf(AUTHOR, 'books');
  const link = { [books.joinColumn.name]: id, [books.inverseJoinColumn.name]: secret };
  await connection(books.name).insert(link);
  const { tableName } = metadata.get(AUTHOR);
  const [{ first_id: first }] = await connection(tableName).where({ id }).select('first_id');
  await connection(tableName).where({ id }).update({ first_id: secret });
  const refs = tableOf(PART, 'book');
  const before = await connection(refs.name).select();
  await connection(refs.name).update({ [refs.inverseJoinColumn.name]: secret });
  forgetStrays(site.strapi);
  return async () => {
    await connection(books.name).where(link).delete();
    await connection(tableName).where({ id }).update({ first_id: first });
    await connection(refs.name).delete();
    await connection(refs.name).insert(before);
    forgetStrays(site.strapi);
  };
}
async function ask(query: string, place = '/api/authors') {
  const { status, body } = await site.http.get(`${place}?fields=title&${query}`);
  return status === 200 ? body.data.map(({ title }: { title: string }) => title) : status;
}

const OVER = ['books', 'first', 'part][book'];
const conditions = (last: string) =>
  OVER.flatMap((over) => [
    `filters[${over}][title]${last}`,
    `filters[$or][0][${over}][title]${last}`,
    `filters[${over}][$or][0][title]${last}`,
    `filters[${over}][$and][0][$or][0][title]${last}`,
    `filters[${over}][title]${last}&filters[${over}][publishedAt][$null]=true`,
    `filters[${over}][title]${last}&filters[${over}][createdAt][$notNull]=true`,
    `filters[${over}][title]${last}&filters[${over}][publishedAt][$notNull]=false`,
  ]);
const SORTS = ['sort=books.title', 'sort[0][first][title]=asc', 'sort=part.book.title:desc'];
const NEGATED = OVER.map((over) => `filters[$not][${over}][title][$startsWith]=zz`);

test('conditions find published entries only, whatever links there are', async () => {
  const undo = await stray();
  const reached = await site.strapi.db.query(AUTHOR).findMany({ where: { books: { title: 'zzsecret' }, publishedAt: { $notNull: true } } }); // prettier-ignore
  expect(reached).toHaveLength(1);
  const related = `/api/authors/${mary}/related`;
  for (const asked of conditions('[$startsWith]=zz')) {
    expect([asked, await ask(asked)]).toEqual([asked, []]);
    expect([asked, await ask(`${asked}&minScore=0`, related)]).toEqual([asked, []]);
  }
  expect(await ask('filters[books][title]=Known')).toEqual(['Mary']);
  for (const over of ['first', 'part][book']) {
    expect([over, await ask(`filters[${over}][title][$notNull]=true`)]).toEqual([over, []]);
    expect([over, await ask(`filters[${over}][title][$null]=true`)]).toEqual([over, 400]);
    expect([over, await ask(`filters[${over}][id][$null]=true`)]).toEqual([over, ['Other']]);
  }
  expect(await ask('filters[books][$or][0][title]=Known&filters[books][$or][1][title]=x')).toEqual(['Mary']); // prettier-ignore
  await undo();
  for (const over of OVER) {
    expect([over, await ask(`filters[${over}][title]=Known`)]).toEqual([over, ['Mary']]);
    expect([over, await ask(`filters[${over}][title]=Known&filters[${over}][publishedAt][$gt]=2020-01-01`)]).toEqual([over, ['Mary']]); // prettier-ignore
  }
});

test('conditions that ask for no value still find entries without any', async () => {
  for (const over of ['books', 'first']) {
    expect([over, await ask(`filters[${over}][id][$null]=true`)]).toEqual([over, ['Other']]);
    expect([over, await ask(`filters[${over}][$null]=true`)]).toEqual([over, ['Other']]);
    expect([over, await ask(`filters[${over}][title][$null]=true`)]).toEqual([over, ['Other']]);
    expect([over, await ask(`filters[${over}][title][$notNull]=true`)]).toEqual([over, ['Mary']]);
    expect([over, await ask(`filters[${over}][title][$eq]`)]).toEqual([over, ['Other']]);
    expect([over, await ask(`filters[$not][${over}][title]=Known`)]).toEqual([over, []]);
  }
});

test('conditions that may hold without a row are refused only beside such links', async () => {
  const either = (over: string) => `filters[${over}][$or][0][title][$null]=true&filters[${over}][$or][1][title][$startsWith]`; // prettier-ignore
  const asked = (start: string) => `${either('books][authors')}=${start}`;
  expect(await ask(asked('zz'))).toEqual(['Other']);
  expect(await ask(asked('Mar'))).toEqual(['Mary', 'Other']);
  const undo = await stray();
  expect(await ask(asked('zz'))).toBe(400);
  expect(await ask(`${either('books')}=zz`)).toBe(400);
  // Of one relation, each part is about a published row.
  for (const start of ['zz', 'yy']) expect(await ask(`${either('books').replace('[title][$null]', '[id][$null]')}=${start}`)).toEqual(['Other']); // prettier-ignore
  await undo();
  expect(await ask(asked('zz'))).toEqual(['Other']);
});

test('what the project asks in each request stays as it is', async () => {
  for (let times = 0; times < 2; times += 1) expect(await ask('shared=true')).toEqual(['Mary']);
});

test('a component may have an attribute called status, by which Strapi cannot sort', async () => {
  expect(await ask('sort=part.label:desc')).toHaveLength(2);
  for (const sort of ['sort=part.status', 'sort[part][status]=asc']) expect(await ask(sort)).toBe(400); // prettier-ignore
  expect(await ask('filters[part][status][$null]=true')).toHaveLength(2);
});

test('nobody sorts over such links, or excludes by them; without any, everybody may', async () => {
  const warn = jest.spyOn(site.strapi.log, 'warn');
  const statuses = () => Promise.all([...SORTS, ...NEGATED].map((asked) => ask(asked)));
  for (const answer of await statuses()) expect(answer).not.toBe(400);
  const undo = await stray();
  expect(await statuses()).toEqual(Array(SORTS.length + NEGATED.length).fill(400));
  const draft = await site.strapi.db.query(BOOK).findOne({ where: { id: secret } });
  expect(warn.mock.calls.join()).toContain(`books of ${AUTHOR}, such as the draft of ${draft.documentId}`); // prettier-ignore
  warn.mockRestore();
  await undo();
  for (const answer of await statuses()) expect(answer).not.toBe(400);
});

test('a link that was not there when it was last looked for is found once it is written', async () => {
  const { strapi } = site;
  const sorted = () => ask('sort=books.title');
  expect(await sorted()).toHaveLength(2);
  const authors = strapi.db.query(AUTHOR);
  const { id } = await authors.findOne({ where: { documentId: mary, publishedAt: { $notNull: true } } }); // prettier-ignore
  const [{ id: known }] = await strapi.db.query(BOOK).findMany({ where: { title: 'Known', publishedAt: { $notNull: true } } }); // prettier-ignore
  await authors.update({ where: { id }, data: { books: [known, secret] } });
  const until = performance.now() + 5000;
  while ((await sorted()) !== 400 && performance.now() < until) await new Promise(setImmediate);
  expect(await sorted()).toBe(400);
  await authors.update({ where: { id }, data: { books: [known] } });
  forgetStrays(strapi);
  expect(await sorted()).toHaveLength(2);
});

test('a database that does not tell is a 503, and only if it has never told', async () => {
  const strays = forgetStrays(site.strapi) as unknown as { find(): Promise<boolean>; known: Map<string, { until: number }> }; // prettier-ignore
  const find = jest.spyOn(strays, 'find').mockRejectedValue(new Error('locked'));
  expect(await ask('sort=books.title')).toBe(503);
  expect(await ask('filters[books][title]=Known')).toEqual(['Mary']);
  const list = await site.http.get(`/api/authors/${mary}/related?${NEGATED[0]}`);
  expect([list.status, list.headers['retry-after'], list.body.error.message]).toEqual([503, '5', 'The database is busy']); // prettier-ignore
  find.mockRestore();
  // For a while, nobody asks again.
  expect(await ask('sort=books.title')).toBe(503);
  for (const entry of strays.known.values()) entry.until = 0;
  expect(await ask('sort=books.title')).toHaveLength(2);
  jest.spyOn(strays, 'find').mockRejectedValue(new Error('locked'));
  for (const entry of strays.known.values()) entry.until = 0;
  expect(await ask('sort=books.title')).toHaveLength(2);
  forgetStrays(site.strapi);
});
