import { appOf } from 'plugin/app';
import { CURATE, Editor, onArticles, onCategories, SEE } from '../helpers/editors';
import { startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

/* A document middleware gives editors only the entries of their own tenant, and the content manager obeys it. */

const ARTICLE = 'api::article.article';
const TENANTS = ['Anna', 'Berta'];
const FIELDS = ['title', 'body', 'excerpt', 'slug', 'category', 'tags', 'date', 'relatedArticles'];
const GRANTS = [
  { action: SEE },
  { action: CURATE },
  { action: 'plugin::related-articles.overview.read' },
  ...onArticles(['read', 'create', 'update'], { fields: FIELDS }),
  ...onCategories(['read']),
];

let running: Running;
let anna: Editor;
let berta: Editor;
const ids: Record<string, string> = {};

interface Call {
  uid: string;
  action: string;
  params: { filters?: object };
}

async function create(title: string, body: string, isPublished = true): Promise<void> {
  const status = isPublished ? { status: 'published' } : {};
  const made = await running.strapi.documents(ARTICLE).create({ data: { title, body }, ...status } as never); // prettier-ignore
  ids[title] = made.documentId;
}

beforeAll(async () => {
  running = await startStrapi();
  // The project's own middlewares only act on writes, and its configuration says so.
  appOf(running.strapi).config.cache.middlewaresOnlyWrite = false;
  for (const tenant of TENANTS) {
    for (let at = 0; at < 5; at += 1) {
      await create(
        `${tenant} ${at}`,
        `${BREAD[at % 3]} loaf${at} xylograph ${BREAD[(at + 1) % 3]}`,
      );
    }
    const body = `${BREAD[0]} xylograph ${MOON[0]}, as in Anna 3, and [the plan](/articles/takeover)`;
    await create(`${tenant} draft`, body, false);
  }
  [anna, berta] = [await Editor.create(running, 'Anna', GRANTS), await Editor.create(running, 'Berta', GRANTS)]; // prettier-ignore
  await running.settled();
  running.strapi.documents.use(((call: Call, next: () => unknown) => {
    const { user } = (running.strapi.requestContext.get()?.state ?? {}) as { user?: { firstname: string } }; // prettier-ignore
    if (call.uid === ARTICLE && user && /^(?:find|count)/.test(call.action)) {
      const own = { title: { $startsWith: user.firstname } };
      call.params.filters = { $and: [call.params.filters ?? {}, own] };
    }
    return next();
  }) as never);
}, 60_000);
afterAll(() => running?.stop());

const figuresOf = async (
  editor: Editor,
): Promise<{ counts: object | null; isPartial: boolean }> => {
  for (;;) {
    const { body } = await editor.request('get', '/related-articles/overview');
    const [figures] = body.data.collections;
    if (figures.counts) return figures;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

test.each(['Anna 3', 'Anna draft'])('another tenant’s “%s” is not there', async (title) => {
  const documentId = ids[title];
  const answers = [
    await berta.suggestions({ documentId }),
    await berta.request('post', `/related-articles/links/${ARTICLE}`, { documentId }),
    await berta.curate(documentId, { pins: [ids['Berta 0']] }),
    await berta.pin(documentId, ids['Berta 0']),
    await berta.revert(documentId, 'undo'),
    await berta.events(documentId),
    await berta.appearances(documentId),
    await berta.card(documentId),
  ];
  for (const { status, body } of answers) {
    expect({ status, body }).toMatchObject({ status: 404 });
    expect(JSON.stringify(body)).not.toMatch(/xylograph|takeover/);
  }
  expect((await anna.suggestions({ documentId })).status).toBe(200);
});

test('each editor has figures, lists and facts of their own entries, whoever asked just before', async () => {
  for (const [editor, other] of [
    [anna, 'Berta'],
    [berta, 'Anna'],
    [anna, 'Berta'],
  ] as const) {
    // prettier-ignore
    expect(await figuresOf(editor)).toMatchObject({ counts: { all: 5 }, isPartial: true });
    const place = `/related-articles/overview/${ARTICLE}`;
    const { body } = await editor.request('get', `${place}?list=all`);
    const titles = body.data.map((row: { title: string }) => row.title).sort();
    expect(titles).toEqual([0, 1, 2, 3, 4].map((at) => `${editor.name} ${at}`));
    const documentIds = [0, 1].map((at) => ids[`${other} ${at}`]);
    const facts = await editor.request('post', `${place}/facts`, { documentIds });
    expect(facts.body.data).toEqual({});
  }
});

test('lists name only the editor’s own entries, and say that they are partial', async () => {
  const { data, meta } = await anna.list({ documentId: ids['Anna 0'] });
  expect(data.rows.length).toBeGreaterThan(0);
  for (const { title } of data.rows) expect(title).toMatch(/^Anna/);
  expect(meta.isPartial).toBe(true);
});

test('a middleware that filters what was found leaves each editor their own entries', async () => {
  type Remove = () => void;
  const use = running.strapi.documents.use as unknown as (middleware: unknown) => Remove;
  const remove = use(async (call: Call, next: () => Promise<unknown>) => {
    const found = await next();
    const user = running.strapi.requestContext.get()?.state?.user as { firstname?: string } | undefined; // prettier-ignore
    if (call.uid !== ARTICLE || !user || !Array.isArray(found)) return found;
    return found.filter(({ title }: { title?: string }) => title?.startsWith(user.firstname ?? ''));
  });
  expect((await anna.suggestions({ documentId: ids['Anna 1'] })).status).toBe(200);
  expect((await anna.suggestions({ documentId: ids['Berta 1'] })).status).toBe(404);
  remove();
});
