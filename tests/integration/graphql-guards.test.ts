import fs from 'node:fs';
import path from 'node:path';

import { startSiteWithGraphQL } from '../helpers/graphql';
import { answering, coreController, publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/* A project closes or guards the lists of a type in GraphQL; lists of related entries are guarded as well. */

const NAMES = [
  'plain',
  'closed',
  'hollow',
  'staffed',
  'scoped',
  'between',
  'thought',
  'halfway',
  'written',
  'nexus',
  'renumbered',
  'shapeless',
];
const capital = (name: string) => name[0].toUpperCase() + name.slice(1);

const INDEX = `module.exports = {
  register({ strapi }) {
    const extension = strapi.plugin('graphql').service('extension');
    extension.shadowCRUD('${uidOf('closed')}').disableQueries();
    extension.shadowCRUD('${uidOf('hollow')}').disableAction('find');
    const onBoth = (name, config) => ({ ['Query.' + name]: config, ['Query.' + name + '_connection']: config });
    const between = { middlewares: [async (next, ...args) => (await next(...args))] };
    extension.use({
      resolversConfig: {
        ...onBoth('staffeds', { policies: ['global::staff'] }),
        ...onBoth('scopeds', { auth: { scope: ['${uidOf('plain')}.delete'] } }),
        ...onBoth('betweens', between),
        ...onBoth('thoughts', between),
        'Query.relatedThoughts': { policies: ['global::staff'] },
        ...onBoth('halfways', between),
        'Query.relatedHalfways': between,
      },
    });
    extension.use(() => ({ resolvers: { Query: { writtens: { resolve: () => [] } } } }));
    extension.use(({ nexus }) => ({ types: [[nexus.extendType({ type: 'Query', definition: (t) => t.nonNull.list.field('nexuss', { type: 'Nexus', resolve: () => { throw new Error('staff only'); } }) })]] }));
  },
};`;

const CONTROLLERS: Record<string, string> = {
  renumbered: answering('renumbered', '{ ...one, id: one.id + 1 }'),
  shapeless: coreController('shapeless', "{ async find() { return 'several'; }, async findOne() { return 'one'; } }"), // prettier-ignore
};

let site: Running;
const ids: Record<string, string> = {};
beforeAll(async () => {
  site = await startSiteWithGraphQL((config, appDir) => {
    for (const name of NAMES) {
      const controller = CONTROLLERS[name];
      const attributes: Record<string, object> =
        name === 'plain' ? { big: { type: 'biginteger' } } : {};
      writeType(appDir, { name, attributes, controller });
      config.contentTypes[uidOf(name)] = { title: 'title', text: { body: 1 } };
    }
    fs.mkdirSync(path.join(appDir, 'src/policies'), { recursive: true });
    // Callers are staff if they say so.
    fs.writeFileSync(path.join(appDir, 'src/policies/staff.js'), "module.exports = ({ http }) => http.get('x-staff') === 'yes';"); // prettier-ignore
    fs.writeFileSync(path.join(appDir, 'src/index.js'), INDEX);
  });
  const { strapi } = site;
  await grantPublic(strapi, [
    RELATED_FIND,
    FIND_BY_TEXT,
    ...NAMES.flatMap((name) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]),
  ]);
  for (const name of NAMES) {
    for (const [at, body] of BREAD.entries()) ids[name] = await publishIn(strapi, name, { title: `Bread ${at}`, body }); // prettier-ignore
  }
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

async function ask(query: string, isStaff = false) {
  const request = site.http.post('/graphql').send({ query });
  const { body } = await (isStaff ? request.set('x-staff', 'yes') : request);
  return body as { data?: Record<string, unknown> | null; errors?: { message: string }[] };
}

const questions = (name: string): string[] => {
  const list = `related${capital(name)}s`;
  const one = `(documentIds: ["${ids[name]}"], minScore: 0)`;
  const text = `(text: ${JSON.stringify(BREAD[0])}, minScore: 0)`;
  return [
    `{ found: ${list}${one} { title } }`,
    `{ found: ${list}_connection${one} { total nodes { title } } }`,
    `{ found: ${list}ToText${text} { title } }`,
    `{ found: ${list}ToText_connection${text} { total nodes { title } } }`,
  ];
};

test('a list that nobody guards is served', async () => {
  for (const question of questions('plain')) {
    const { data, errors } = await ask(question);
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).toContain('Bread');
  }
});

test('filters by big integers take what Strapi’s own filters take', async () => {
  const [some] = questions('plain');
  const big = '5000000000';
  const plain = site.strapi.documents(uidOf('plain') as 'api::article.article');
  const { documentId } = await plain.create({ data: { title: 'Big bread', body: BREAD[0], big } as never, status: 'published' }); // prettier-ignore
  const filtered = (filters: string) => some.replace('minScore: 0', `minScore: 0, filters: { big: ${filters} }`); // prettier-ignore
  for (const filters of [
    `{ eq: ${big} }`,
    '{ gt: 5 }',
    '{ in: ["5000000000"] }',
    '{ between: [5, 5000000001] }',
  ]) {
    const { data, errors } = await ask(`{ own: plains(filters: { big: ${filters} }) { title } ${filtered(filters).slice(1)}`); // prettier-ignore
    expect(errors).toBeUndefined();
    expect(data).toEqual({ own: [{ title: 'Big bread' }], found: [{ title: 'Big bread' }] });
  }
  expect((await ask(filtered('{ gt: 5000000000 }'))).data).toEqual({ found: [] });
  await plain.delete({ documentId });
});

test.each(['closed', 'hollow', 'between', 'halfway', 'written', 'nexus'])(
  '%s: a type without an open list in the schema has no suggestions',
  async (name) => {
    for (const question of questions(name)) {
      const { errors } = await ask(question);
      expect(errors?.[0].message).toMatch(/^Cannot query field "related/);
    }
    const { data } = await ask(`{ type: __type(name: "${capital(name)}") { fields { name } } }`);
    const fields = (data?.type as { fields: { name: string }[] } | null)?.fields ?? [];
    expect(fields.map((field) => field.name)).not.toContain('related');
  },
);

test.each(['staffed', 'thought'])(
  '%s: policies of the list also apply to suggestions',
  async (name) => {
    const asked = questions(name).slice(0, name === 'thought' ? 1 : 4);
    for (const question of asked) {
      const refused = await ask(question);
      expect([JSON.stringify(refused.data ?? null), refused.errors?.length]).toEqual([expect.not.stringContaining('Bread'), 1]); // prettier-ignore
      const { data, errors } = await ask(question, true);
      expect(errors).toBeUndefined();
      expect(JSON.stringify(data)).toContain('Bread');
    }
  },
);

test('an entry that is reached another way has no list without the policies either', async () => {
  const question = `{ staffed(documentId: "${ids.staffed}") { title related(minScore: 0) { title } } }`;
  const { errors } = await ask(question);
  expect(errors).toHaveLength(1);
  expect((await ask(question, true)).errors).toBeUndefined();
});

test('suggestions require the same scope as the list', async () => {
  for (const question of questions('scoped')) {
    const { data, errors } = await ask(question);
    expect([JSON.stringify(data ?? null), errors?.length]).toEqual([expect.not.stringContaining('Bread'), 1]); // prettier-ignore
  }
});

test('a type whose own routes answer in another shape has no lists, rather than empty ones', async () => {
  for (const question of questions('shapeless')) {
    const { errors } = await ask(question);
    expect(errors?.[0].message).toMatch(/^Suggestions for .* are not served/);
  }
});

test('refuses an id that is not the row’s, as GraphQL would use it to look up the row’s relations', async () => {
  for (const question of questions('renumbered')) {
    const { data, errors } = await ask(question);
    expect(JSON.stringify(data ?? null)).not.toContain('Bread');
    expect(errors?.[0].message).toMatch(/own routes give another "id" than that of the row/);
  }
});
