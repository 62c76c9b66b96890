import { extendType, list, objectType, plugin, queryField } from 'nexus';
import { guardsOf, type Extensions } from 'plugin/controllers/graphql/guards';

const guards = (more: object) =>
  guardsOf({ resolvers: {}, resolversConfig: {}, ...more } as Extensions, ['articles', 'articles_connection'], 'relatedArticles'); // prettier-ignore
const resolve = () => [];

test('a list that nobody has touched is clear', () => {
  expect(guards({})).toEqual({ scope: [], policies: [], unclear: null });
  const types = [
    extendType({ type: 'Query', definition: (t) => t.field('me', { type: 'String' }) }),
    extendType({ type: 'Mutation', definition: (t) => t.field('articles', { type: 'String' }) }),
    objectType({ name: 'articles', definition: (t) => t.string('articles') }),
  ];
  expect(guards({ types, plugins: [plugin({ name: 'silent' })] }).unclear).toBeNull();
});

test.each<[string, unknown]>([
  [
    'extendType',
    extendType({
      type: 'Query',
      definition: (t) => t.field('articles', { type: list('String'), resolve }),
    }),
  ],
  [
    'a chain',
    extendType({
      type: 'Query',
      definition: (t) => t.nonNull.list.field('articles', { type: 'String', resolve }),
    }),
  ],
  [
    'an object',
    extendType({
      type: 'Query',
      definition: (t) => t.field({ name: 'articles_connection', type: 'String', resolve }),
    }),
  ],
  ['queryField', queryField('articles', { type: 'String' })],
  ['nested', [{ inner: objectType({ name: 'Query', definition: (t) => t.string('articles') }) }]],
])('a field that is made with Nexus is seen: %s', (_, type) => {
  expect(guards({ types: [type] }).unclear).toMatch(/a resolver of its own for Query\.articles/);
});

test('a definition that cannot be inspected leaves the list unclear', () => {
  const odd = extendType({ type: 'Query', definition: (t) => t.field(`${t.typeName}Articles`, { type: 'String' }) }); // prettier-ignore
  expect(guards({ types: [odd] }).unclear).toMatch(/cannot inspect/);
});

test('recognises plugins of Nexus that change resolvers', () => {
  const changing = plugin({ name: 'shield', onCreateFieldResolver: () => undefined });
  expect(guards({ plugins: [changing] }).unclear).toMatch(/plugin of Nexus/);
});

test('an entry for suggestions opens them all under its policies, unless it has middlewares', () => {
  const between = { middlewares: [resolve] };
  const config = (own?: object) => ({ resolversConfig: { 'Query.articles': between, ...(own && { 'Query.relatedArticles': own }) } }); // prettier-ignore
  expect(guards(config()).unclear).toMatch(/middlewares for Query\.articles/);
  expect(guards(config({ policies: [] })).unclear).toBeNull();
  expect(guards(config({ policies: ['global::staff'] }))).toMatchObject({ policies: ['global::staff'], unclear: null }); // prettier-ignore
  expect(guards(config({ policies: [], ...between })).unclear).toMatch(/middlewares/);
});
