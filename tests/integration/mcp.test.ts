import type { AddressInfo } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { authorGrants, Editor } from '../helpers/editors';
import { createAdministrator, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON, two } from '../helpers/texts';

/* What agents get through a real client of the protocol: never more than both the token and its owner may see. */

const ARTICLE = 'api::article.article';
const READ = 'plugin::content-manager.explorer.read';
const UPDATE = 'plugin::content-manager.explorer.update';
const SEE = 'plugin::related-articles.suggestions.read';
const OVERVIEW = 'plugin::related-articles.overview.read';
const CURATE = 'plugin::related-articles.curation.update';
const TOOLS = ['related_to', 'related_to_text', 'find_orphans', 'find_broken_links', 'pin_related'];

interface Right {
  action: string;
  subject?: string | null;
  properties?: { fields?: string[]; locales?: string[] };
  conditions?: string[];
}

let running: Running;
let url: URL;
let ada: number;
const ids: Record<string, string> = {};
const clients: Client[] = [];

const fields = ['title', 'slug', 'excerpt', 'body', 'date', 'category', 'tags', 'relatedArticles'];
const onArticles = (action: string, some = fields): Right => ({ action, subject: ARTICLE, properties: { fields: some, locales: ['en'] }, conditions: [] }); // prettier-ignore
const onTarget = (subject: string, some = ['name', 'slug']): Right => ({ action: READ, subject, properties: { fields: some, locales: ['en'] }, conditions: [] }); // prettier-ignore
const READS = [onArticles(READ), onTarget('api::category.category'), onTarget('api::tag.tag')];
const plain = (action: string): Right => ({
  action,
  subject: null,
  properties: {},
  conditions: [],
});

async function agent(rights: Right[], owner = ada) {
  const { accessKey } = await running.strapi.service('admin::api-token-admin').create(
    { name: `Agent ${clients.length}`, description: '', lifespan: null, kind: 'admin', adminPermissions: rights, adminUserOwner: owner }, // prettier-ignore
    { id: owner },
  );
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(
    new StreamableHTTPClientTransport(url, {
      requestInit: { headers: { Authorization: `Bearer ${accessKey}` } },
    }),
  );
  clients.push(client);
  return client;
}

async function call(client: Client, name: string, args: object) {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: args as Record<string, unknown> }); // prettier-ignore
  const [{ text }] = content as { text: string }[];
  // What a tool answers, whatever its shape.
  return { isError: isError === true, text, data: structuredContent as any }; // eslint-disable-line @typescript-eslint/no-explicit-any
}

beforeAll(async () => {
  running = await startStrapi(undefined, {}, (strapi) => strapi.config.set('server.mcp', { enabled: true })); // prettier-ignore
  const { strapi } = running;
  ({ id: ada } = await createAdministrator(running, { name: 'Ada' }));
  const create = async (title: string, body: string, status?: 'published') => {
    ids[title] = (await strapi.documents(ARTICLE).create({ data: { title, body }, status } as never)).documentId; // prettier-ignore
  };
  for (const at of [0, 1, 2]) await create(`Bread ${at}`, two(BREAD, at), 'published');
  for (const at of [0, 1, 2]) await create(`Moon ${at}`, two(MOON, at), 'published');
  await create('Alone', 'Zyxwv utsrq ponml kjihg fedcb. See [it](/articles/no-such-article).', 'published'); // prettier-ignore
  await create('Secret bread', BREAD.join(' '));
  await running.settled();
  const { httpServer } = strapi.server;
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(httpServer.address() as AddressInfo).port}/mcp`);
}, 60_000);
afterAll(async () => {
  for (const client of clients) await client.close();
  await running?.stop();
});

test('an agent sees the tools that its token may use, with schemas', async () => {
  const all = await agent([...READS, onArticles(UPDATE), plain(SEE), plain(OVERVIEW), plain(CURATE)]); // prettier-ignore
  const { tools } = await all.listTools();
  const own = tools.filter(({ name }) => TOOLS.includes(name));
  expect(own.map(({ name }) => name).sort()).toEqual([...TOOLS].sort());
  for (const { description, inputSchema, outputSchema } of own) {
    expect(description?.length).toBeGreaterThan(50);
    expect(inputSchema.properties).toHaveProperty('type');
    expect(outputSchema).toBeDefined();
  }
  const reader = await agent([...READS, plain(SEE)]);
  const names = (await reader.listTools()).tools.map(({ name }) => name);
  expect(TOOLS.filter((name) => names.includes(name))).toEqual(['related_to', 'related_to_text']);
  await expect(call(reader, 'pin_related', { type: ARTICLE, documentId: ids['Bread 0'], pin: ids['Moon 0'] })).rejects.toThrow(); // prettier-ignore
});

test('related_to gives the panel’s list, with reasons', async () => {
  const client = await agent([...READS, plain(SEE)]);
  const { data, isError } = await call(client, 'related_to', { type: ARTICLE, documentId: ids['Bread 0'] }); // prettier-ignore
  expect(isError).toBe(false);
  const chief = await Editor.create(running, 'Chief');
  const { body } = await chief.suggestions({ documentId: ids['Bread 0'] });
  const [shown, told] = [body.data.rows, data.suggestions] as { reference?: string; documentId?: string }[][]; // prettier-ignore
  expect(told.map(({ documentId }) => documentId)).toEqual(shown.map(({ reference }) => reference));
  expect(data.suggestions[0].sharedWords.length).toBeGreaterThan(0);
  const [first] = (await call(client, 'related_to', { type: ARTICLE, documentId: ids['Bread 0'], limit: 1 })).data.suggestions; // prettier-ignore
  expect(first).toEqual(data.suggestions[0]);
});

test('related_to_text finds published entries, and refuses agents who could find hidden words by trying', async () => {
  const client = await agent([...READS, plain(SEE)]);
  const { data } = await call(client, 'related_to_text', { type: ARTICLE, text: BREAD.join(' '), limit: 3 }); // prettier-ignore
  expect(data.suggestions.map(({ title }: { title: string }) => title).sort()).toEqual(['Bread 0', 'Bread 1', 'Bread 2']); // prettier-ignore
  const half = await agent([onArticles(READ, ['title', 'slug']), plain(SEE)]);
  const refused = await call(half, 'related_to_text', { type: ARTICLE, text: BREAD.join(' ') });
  expect([refused.isError, refused.text]).toEqual([true, expect.stringMatching(/need the right to read everything/)]); // prettier-ignore
});

test('finds the same orphans and broken links as the overview', async () => {
  const client = await agent([...READS, plain(OVERVIEW)]);
  const orphansFor = async (one: Client) => {
    for (let tries = 0; ; tries += 1) {
      const orphans = await call(one, 'find_orphans', { type: ARTICLE });
      if (!/^Not known yet/.test(orphans.text) || tries === 100) return orphans.data;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  expect(await orphansFor(client)).toMatchObject({ total: 1, page: 1, isPartial: false, entries: [{ documentId: ids.Alone, title: 'Alone' }] }); // prettier-ignore
  // Lists for this agent are made without categories.
  const narrow = await agent([onArticles(READ), onTarget('api::tag.tag'), plain(OVERVIEW)]);
  expect(await orphansFor(narrow)).toMatchObject({ isPartial: true });
  const broken = await call(client, 'find_broken_links', { type: ARTICLE });
  expect(broken.data.entries).toEqual([{ documentId: ids.Alone, title: 'Alone', links: ['no-such-article'] }]); // prettier-ignore
  const beyond = await call(client, 'find_orphans', { type: ARTICLE, page: 7 });
  expect(beyond.data).toMatchObject({ total: 1, page: 7, entries: [] });
});

test('an agent does not put back what an editor has excluded', async () => {
  const client = await agent([...READS, onArticles(UPDATE), plain(SEE), plain(CURATE)]);
  const chief = await Editor.create(running, 'Chief of exclusions');
  const [documentId, pin] = [ids['Moon 2'], ids['Bread 2']];
  expect((await chief.curate(documentId, { exclusions: [pin], revision: 0 })).status).toBe(200);
  const args = { type: ARTICLE, documentId, pin };
  const { isError, text } = await call(client, 'pin_related', args);
  expect([isError, text]).toEqual([true, 'An editor has excluded that entry from this list']);
  const { revision } = (await chief.curation(documentId)).body.data;
  expect(revision).toBe(1);
  expect((await chief.curate(documentId, { exclusions: [], revision })).status).toBe(200);
});

test('middlewares of the project get the owner with roles, as in the panel', async () => {
  const { strapi } = running;
  const users = new Set<unknown>();
  strapi.documents.use((_context, next) => {
    const user = strapi.requestContext.get()?.state.user;
    if (user) users.add([user.firstname, user.roles?.length > 0].join());
    return next();
  });
  const client = await agent([...READS, plain(SEE)]);
  const { isError } = await call(client, 'related_to', { type: ARTICLE, documentId: ids['Bread 1'] }); // prettier-ignore
  expect([isError, [...users]]).toEqual([false, ['Ada,true']]);
});

test('a pin reaches readers at once, under the name of the token’s owner', async () => {
  const client = await agent([...READS, onArticles(UPDATE), plain(SEE), plain(CURATE)]);
  const args = { type: ARTICLE, documentId: ids['Bread 0'], pin: ids['Moon 0'] };
  for (const time of [1, 2]) {
    expect([time, (await call(client, 'pin_related', args)).data]).toEqual([time, { pinned: true, pins: 1, limit: 5 }]); // prettier-ignore
  }
  const { data } = await call(client, 'related_to', { type: ARTICLE, documentId: ids['Bread 0'] });
  expect(data.suggestions[0]).toMatchObject({ documentId: ids['Moon 0'], origin: 'pinned' });
  const chief = await Editor.create(running, 'Chief2');
  const { body } = await chief.curation(ids['Bread 0']);
  expect(body.data).toMatchObject({ revision: 1, editor: 'Ada (agent)' });
});

describe('never more than is allowed', () => {
  test('no draft, for whoever may read only what others wrote', async () => {
    const client = await agent([...READS, onArticles(UPDATE), plain(SEE), plain(OVERVIEW), plain(CURATE)]); // prettier-ignore
    for (const [name, args] of [
      ['related_to', { documentId: ids['Bread 1'], limit: 20 }],
      ['related_to_text', { text: BREAD.join(' '), limit: 20 }],
      ['find_orphans', {}],
      ['find_broken_links', {}],
    ] as const) {
      const { text, isError } = await call(client, name, { type: ARTICLE, ...args });
      expect([name, isError]).toEqual([name, false]);
      expect(text).not.toMatch(/Secret/);
    }
  });

  test('a token that is limited to its owner’s entries gets nothing of others', async () => {
    // A token has its owner's conditions.
    const author = await Editor.create(running, 'Author', [
      ...authorGrants(),
      ...[SEE, OVERVIEW, CURATE].map((action) => ({ action })),
    ]);
    const few = fields.filter((field) => field !== 'relatedArticles');
    const targets = ['api::category.category', 'api::tag.tag'].map((uid) =>
      onTarget(uid, ['name']),
    );
    const client = await agent([onArticles(READ, few), ...targets, onArticles(UPDATE, few), plain(SEE), plain(OVERVIEW), plain(CURATE)], author.id); // prettier-ignore

    for (const [name, args] of [
      ['related_to', { documentId: ids['Bread 1'] }],
      ['related_to_text', { text: BREAD.join(' ') }],
      ['find_orphans', {}],
      ['find_broken_links', {}],
      ['pin_related', { documentId: ids['Bread 1'], pin: ids['Moon 1'] }],
    ] as const) {
      const { text } = await call(client, name, { type: ARTICLE, ...args });
      expect(text).not.toMatch(/Bread|Moon|Alone|no-such-article/);
    }
    const { data } = await call(await agent([...READS, plain(SEE)]), 'related_to', { type: ARTICLE, documentId: ids['Bread 1'] }); // prettier-ignore
    expect(JSON.stringify(data)).not.toContain('pinned');
  });

  test('gives nothing without the right to read the type', async () => {
    const client = await agent([plain(SEE), plain(OVERVIEW), plain(CURATE)]);
    for (const [name, args] of [
      ['related_to', { documentId: ids['Bread 1'] }],
      ['related_to_text', { text: 'bread' }],
      ['find_orphans', {}],
      ['find_broken_links', {}],
      ['pin_related', { documentId: ids['Bread 1'], pin: ids['Moon 1'] }],
    ] as const) {
      const { isError, text } = await call(client, name, { type: ARTICLE, ...args });
      expect([name, isError, text]).toEqual([name, true, expect.stringMatching(/may not read|Forbidden/)]); // prettier-ignore
    }
  });

  test.each([
    [
      'related_to',
      { documentId: 'no-such-entry' },
      /no such entry: expected a documentId of api::article.article, got "no-such-entry"/,
    ],
    ['related_to', { documentId: 'x', locale: 'xx' }, /there is no locale "xx"/],
    ['related_to_text', { text: 'x', locale: 'no/locale' }, /there is no locale/],
    ['related_to_text', {}, /title, text: expected at least one of them/],
    ['pin_related', { documentId: 'x', pin: 'y' }, /There is no such entry/],
  ])('%s of %j says what is wrong', async (name, args, message) => {
    const client = await agent([...READS, onArticles(UPDATE), plain(SEE), plain(CURATE)]);
    const { isError, text } = await call(client, name, { type: ARTICLE, ...args });
    expect([isError, text]).toEqual([true, expect.stringMatching(message)]);
  });
});

test('offers no tools if it is switched off', async () => {
  const { tools } = await (await agent([onTarget('api::tag.tag')])).listTools();
  expect(tools.filter(({ name }) => TOOLS.includes(name))).toEqual([]);
});

test('related_to gives pins beyond the site’s own limit where more are asked for', async () => {
  const client = await agent([...READS, onArticles(UPDATE), plain(SEE), plain(CURATE)]);
  const place = { type: ARTICLE, documentId: ids['Bread 1'] };
  const pins = Object.values(ids).filter((id) => id !== place.documentId).slice(0, 6); // prettier-ignore
  for (const pin of pins) await call(client, 'pin_related', { ...place, pin });
  const pinned = async (limit?: number) => {
    const { data } = await call(client, 'related_to', { ...place, limit });
    return data.suggestions.filter(({ origin }: { origin: string }) => origin === 'pinned').length;
  };
  expect([await pinned(), await pinned(6), await pinned(20)]).toEqual([5, 6, 6]);
});
