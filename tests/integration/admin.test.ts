import { startStrapi, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

const ARTICLE = 'api::article.article';
const SEE = 'plugin::related-articles.suggestions.read';

let running: Running;
let own: string;
let foreign: string;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  const superAdmin = await strapi.service('admin::role').getSuperAdmin();
  const author = await strapi.db.query('admin::role').findOne({ where: { code: 'strapi-author' } });
  const ids: Record<string, number> = {};
  for (const [name, role] of [
    ['admin', superAdmin],
    ['author', author],
  ] as const) {
    const account = { email: `${name}@example.com`, password: 'Passw0rd!' };
    const user = await strapi.service('admin::user').create({
      ...account,
      firstname: name,
      registrationToken: null,
      isActive: true,
      roles: [role.id],
    });
    ids[name] = user.id;
    const login = await running.http.post('/admin/login').send(account);
    tokens[name] = login.body.data.token;
  }
  const create = async (title: string, body: string, createdBy: number) =>
    (
      await strapi
        .documents(ARTICLE)
        .create({ data: { title, body, createdBy } as never, status: 'published' })
    ).documentId;
  own = await create('Own', BREAD[0], ids.author);
  await create('Also own', BREAD[1], ids.author);
  foreign = await create('Foreign', `${BREAD[0]} ${BREAD[2]}`, ids.admin);
  await running.settled();
});
afterAll(() => running.stop());

const ask = (who: string | null, documentId: string, uid = ARTICLE, query = '') => {
  const request = running.http.get(`/related-articles/suggestions/${uid}/${documentId}${query}`);
  return who ? request.set('Authorization', `Bearer ${tokens[who]}`) : request;
};
const titlesOf = ({ body }: { body: { data: { title: string }[] } }) =>
  body.data.map(({ title }) => title).sort();

test('a super admin sees the list with scores and reasons', async () => {
  const response = await ask('admin', own);
  expect(response.status).toBe(200);
  expect(titlesOf(response)).toEqual(['Also own', 'Foreign']);
  expect(response.body.meta).toEqual({ total: 2 });
  const [first, second] = response.body.data;
  expect(first.strength).toBe(1);
  expect(second.strength).toBeLessThanOrEqual(1);
  expect(first.explanation.terms).toEqual(expect.arrayContaining(['sourdough']));
});

test('what is saved and not yet published counts', async () => {
  await running.strapi
    .documents(ARTICLE)
    .update({ documentId: own, data: { title: 'x', body: 'nothing in common' } });
  expect(titlesOf(await ask('admin', own))).toEqual([]);
  await running.strapi.documents(ARTICLE).discardDraft({ documentId: own });
});

test('others: 401 without a session, 403 without the permission, 404 for a type that is not configured', async () => {
  expect((await ask(null, own)).status).toBe(401);
  expect((await ask('author', own)).status).toBe(403);
  expect((await ask('admin', own, 'api::category.category')).status).toBe(404);
  expect((await ask('admin', 'nothing')).status).toBe(404);
  expect((await ask('admin', own, ARTICLE, '?locale[]=en&locale[]=de')).status).toBe(400);
});

test('an author who may read only own entries sees only those', async () => {
  const author = await running.strapi.db
    .query('admin::role')
    .findOne({ where: { code: 'strapi-author' } });
  const permissions = running.strapi.service('admin::permission');
  const present = await permissions.findMany({ where: { role: { id: author.id } } });
  await running.strapi.service('admin::role').assignPermissions(author.id, [
    ...present,
    { action: SEE, subject: null, properties: {}, conditions: [] },
    ...['read', 'update'].map((action) => ({
      action: `plugin::content-manager.explorer.${action}`,
      subject: ARTICLE,
      properties: { fields: ['title', 'body', 'slug'], locales: ['en'] },
      conditions: ['admin::is-creator'],
    })),
  ]);
  const response = await ask('author', own);
  expect(response.status).toBe(200);
  expect(titlesOf(response)).toEqual(['Also own']);
  expect(response.body.meta.total).toBe(1);
  expect((await ask('author', foreign)).status).toBe(403);
});
