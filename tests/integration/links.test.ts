import { authorGrants, Editor, onArticles, onCategories, SEE } from '../helpers/editors';
import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';
import { FAR_TOO_LONG_MS, processorTime } from '../helpers/growth';

const ARTICLE = 'api::article.article';

let running: Running;
let chief: Editor;

const articles = () => running.strapi.documents(ARTICLE);
const create = async (title: string, body: string, status: 'draft' | 'published' = 'published') =>
  (await articles().create({ data: { title, body }, status } as never)).documentId;
const links = (editor: Editor, body: object) =>
  editor.request('post', `/related-articles/links/${ARTICLE}`, body);

beforeAll(async () => {
  running = await startStrapi();
  await grantPublic(running.strapi, ALL_READS);
  chief = await Editor.create(running, 'Chief');
  await create('Rye sourdough', two(BREAD, 0));
  await create('Kneading dough', two(BREAD, 1));
  await create('An oven for loaves', two(BREAD, 2));
  await create('Secret oven', BREAD.join(' '), 'draft');
  await running.settled();
});
afterAll(() => running.stop());

const body = `# Rye sourdough

We begin with a rye sourdough, as told in [ovens](/articles/an-oven-for-loaves). ${BREAD.join(' ')}

See [the plan](/articles/secret-oven), [rye](/articles/rye-sourdough-2024) and [elsewhere](https://example.org/articles/x).`;

test('proposes phrases for suggestions that are not linked yet, in a form that is not saved', async () => {
  const answer = await links(chief, { values: { title: 'Baking', body } });
  expect(answer.status).toBe(200);
  const { data, meta } = answer.body;
  expect(meta.body).toEqual({ attribute: 'body', format: 'markdown' });
  const rye = data.proposals.find(({ title }: { title: string }) => title === 'Rye sourdough');
  expect(rye).toMatchObject({ url: '/articles/rye-sourdough' });
  const [place] = rye.places;
  expect(place.phrase).toBe('rye sourdough');
  expect(place.before).toBe('We begin with a ');
  expect(body.slice(place.start, place.end)).toBe('rye sourdough');
  const titles = data.proposals.map(({ title }: { title: string }) => title);
  expect(titles).not.toContain('An oven for loaves');
});

test('names links to entries that readers do not get, with the one probably meant', async () => {
  const { data } = (await links(chief, { values: { title: 'Baking', body } })).body;
  expect(data.broken).toMatchObject([
    { target: '/articles/secret-oven', text: 'the plan', reason: 'unpublished' },
    {
      target: '/articles/rye-sourdough-2024',
      reason: 'missing',
      fix: { title: 'Rye sourdough', url: '/articles/rye-sourdough' },
    },
  ]);
  const [{ start, end }] = data.broken;
  expect(body.slice(start, end)).toBe('/articles/secret-oven');
});

test('in a text that is HTML, links go in as HTML, and broken ones are named', async () => {
  const html = '<h2><a href="/articles/secret-oven">The plan</a></h2>\n<p>A rye sourdough.</p>';
  const { data, meta } = (await links(chief, { values: { title: 'Baking', body: html } })).body;
  expect(meta.body).toEqual({ attribute: 'body', format: 'html' });
  expect(data.proposals).toEqual([]);
  const [{ start, end }] = data.broken;
  expect(html.slice(start, end)).toBe('/articles/secret-oven');
  expect(data.broken).toMatchObject([{ text: 'The plan', reason: 'unpublished' }]);
});

test('an editor learns nothing of drafts that they may not read, and bad bodies are refused', async () => {
  const author = await Editor.create(running, 'Author', authorGrants());
  const { data } = (await links(author, { values: { title: 'Baking', body } })).body;
  expect(data.proposals).toEqual([]);
  expect(
    data.broken.map(({ reason, fix }: { reason: string; fix: unknown }) => [reason, fix]),
  ).toEqual([
    ['missing', null],
    ['missing', null],
  ]);
  expect((await links(chief, { values: { body: 7 } })).status).toBeLessThan(500);
  expect((await links(chief, { more: true })).status).toBe(400);
  expect((await links(chief, { documentId: 'nosuch' })).status).toBe(404);
});

test('reveals nothing from fields that an editor may not read', async () => {
  const fields = ['title', 'body', 'category', 'tags', 'date'];
  const grants = [...onArticles(['read', 'create', 'update'], { fields }), ...onCategories(['read']), { action: SEE }]; // prettier-ignore
  const editor = await Editor.create(running, 'Without excerpts', grants);
  await articles().create({ data: { title: 'Notes', body: 'x', excerpt: 'Layoffs at the Zanzibar plant of Quokkason' }, status: 'published' } as never); // prettier-ignore
  const own = await create('Diary', '[zanzibar quokkason](/articles/zzz) and [oven](/articles/secret-oven)'); // prettier-ignore
  await running.settled();
  const { data } = (await links(editor, { documentId: own })).body;
  expect(data.broken).toMatchObject([
    { text: 'zanzibar quokkason', reason: 'missing', fix: null },
    { text: 'oven', reason: 'missing', fix: null },
  ]);
  const [first] = (await links(chief, { documentId: own })).body.data.broken;
  expect(first.fix).toMatchObject({ title: 'Notes' });
});

test.each([
  ['a NUL', '[a](/articles/a%00b) [b](/articles/\0)'],
  ['a very long slug', `[a](/articles/${'a'.repeat(550)})`],
  ['thousands of links', Array.from({ length: 19_000 }, (_, at) => `[](${String.fromCharCode(0x4e00 + at)})`).join('')], // prettier-ignore
  ['one paragraph of titles', 'Rye sourdough and kneading dough. '.repeat(2900)],
])('answers hostile bodies quickly: %s', async (_, hostile) => {
  const started = processorTime();
  const answer = await links(chief, { values: { title: 'Rye sourdough', body: hostile } });
  expect([answer.status, answer.body.error?.message]).toEqual([200, undefined]);
  expect(processorTime() - started).toBeLessThan(FAR_TOO_LONG_MS);
});
