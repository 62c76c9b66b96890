import fs from 'node:fs';
import path from 'node:path';
import type { Core } from '@strapi/strapi';

import { afresh } from '../helpers/fresh-answers';
import { uidOf, writeCircle, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { statementsOf } from '../helpers/statements';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/*
 * Middlewares of the document service apply to suggestions, whoever registers them and whenever. If none of them
 * changes a query, the plugin looks up ids directly in the database.
 */

const NAME = 'muffled';
const UID = uidOf(NAME) as never;
/** Hides entries with `hidden` from everybody, whatever the query. */
const HIDE = `async (context, next) => {
  const result = await next();
  if (context.uid !== '${NAME}' && context.uid !== '${String(UID)}') return result;
  const hidden = await strapi.db.query('${String(UID)}').findMany({ where: { hidden: true } });
  const gone = new Set(hidden.map(({ documentId }) => documentId));
  if (context.action === 'findOne') return gone.has(result?.documentId) ? null : result;
  if (context.action !== 'findMany') return result;
  return result.filter(({ documentId }) => !gone.has(documentId));
}`;

interface Site extends Running {
  open: string[];
  hidden: string;
}

async function start(prepare: (appDir: string) => void = () => undefined): Promise<Site> {
  const site = await startSite((config, appDir) => {
    writeType(appDir, { name: NAME });
    writeCircle(appDir, [NAME]);
    prepare(appDir);
    config.contentTypes[uidOf(NAME)] = { title: 'title', text: { body: 1 } };
  });
  const documents = site.strapi.documents(UID) as unknown as {
    create(params: object): Promise<{ documentId: string }>;
  };
  const create = async (data: object) =>
    (await documents.create({ data, status: 'published' })).documentId;
  const open: string[] = [];
  for (const body of BREAD) open.push(await create({ title: 'Bread', body, hidden: false }));
  const hidden = await create({ title: 'Hidden', body: BREAD.join(' '), hidden: true });
  await grantPublic(site.strapi, [RELATED_FIND, `${uidOf(NAME)}.find`, `${uidOf(NAME)}.findOne`]);
  await site.settled();
  return { ...site, open, hidden };
}

const listOf = async ({ http }: Running, id: string) => {
  const { body } = await http.get(`/api/${NAME}s/${id}/related?minScore=0`);
  return (body.data as { documentId: string }[]).map(({ documentId }) => documentId);
};

describe('registered by an extension, before the plugin', () => {
  let site: Site;
  beforeAll(async () => {
    site = await start((appDir) => {
      const folder = path.join(appDir, 'src/extensions/users-permissions');
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(
        path.join(folder, 'strapi-server.js'),
        `module.exports = (plugin) => {
          const register = plugin.register;
          plugin.register = (context) => {
            context.strapi.documents.use(${HIDE});
            return register?.(context);
          };
          return plugin;
        };`,
      );
    });
  }, 60_000);
  afterAll(() => site?.stop());

  test('hides entries', async () => {
    const { open, hidden, http } = site;
    const list = await listOf(site, open[0]);
    expect(list.length).toBe(open.length - 1);
    expect(list).not.toContain(hidden);
    expect((await http.get(`/api/${NAME}s/${hidden}/related`)).status).toBe(404);
  });
});

describe('registered after the start', () => {
  let site: Site;
  beforeAll(async () => {
    site = await start();
  }, 60_000);
  afterAll(() => site?.stop());

  test('hides entries from the next request on, until it is removed', async () => {
    const { open, hidden, strapi } = site;
    expect(await listOf(site, open[0])).toContain(hidden);
    // Code of a project has `strapi` as a global.
    const middleware = new Function('strapi', `return ${HIDE}`)(strapi);
    const remove = strapi.documents.use(middleware) as unknown as () => void;
    expect(await listOf(site, open[0])).not.toContain(hidden);
    remove();
    expect(await listOf(site, open[0])).toContain(hidden);
  });

  test('ids are looked up without a transaction, unless a middleware changes the query', async () => {
    const { open, strapi } = site;
    const list = () => listOf(site, open[0]);
    const transactions = await transactionsOf(strapi, () => afresh(strapi, list));
    // Only the document service uses one, to read the page itself.
    expect(transactions).toBe(1);
    const remove = strapi.documents.use((async (context: never, next: () => unknown) => {
      const { params, action } = context as { action: string; params: { filters?: object } };
      if (action === 'findMany')
        params.filters = { $and: [params.filters ?? {}, { hidden: false }] };
      return next();
    }) as never) as unknown as () => void;
    for (let time = 0; time < 2; time += 1) {
      let list: string[] = [];
      const more = await transactionsOf(strapi, async () => {
        list = await listOf(site, open[0]);
      });
      expect(more).toBe(2);
      expect(list).not.toContain(site.hidden);
    }
    remove();
  });
});

test('a middleware that changes the query and relies on the answer gets a real one', async () => {
  const site = await start();
  try {
    const seen: unknown[] = [];
    const remove = site.strapi.documents.use((async (context: never, next: () => Promise<{ documentId: string }>) => {
      const asked = context as { uid: string; action: string; params: object };
      if (asked.uid !== uidOf(NAME) || asked.action !== 'findOne') return next();
      asked.params = { ...asked.params, populate: '*' };
      const found = await next();
      seen.push(found.documentId);
      return found;
    }) as never) as unknown as () => void; // prettier-ignore
    for (let time = 0; time < 2; time += 1) {
      expect((await listOf(site, site.open[0])).length).toBe(BREAD.length);
    }
    expect(new Set(seen)).toEqual(new Set([site.open[0]]));
    remove();
  } finally {
    await site.stop();
  }
}, 60_000);

const transactionsOf = (strapi: Core.Strapi, work: () => Promise<unknown>): Promise<number> =>
  statementsOf(strapi, work, /^begin/i);
