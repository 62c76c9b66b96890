import { ListedDocuments } from 'plugin/permissions/listed-documents';

/** A list of the project's own: what it gives for the ids that it is asked for, and which page size it tells. */
function listOf(give: (ids: readonly string[]) => string[], pageSize?: unknown) {
  const asked: (readonly string[])[] = [];
  const find = {
    run: async (_: unknown, { filters }: { filters: object }) => {
      const ids = [...JSON.stringify(filters).matchAll(/"(id-[^"]*)"/gi)].map(([, id]) => id);
      asked.push(ids);
      if (asked.length > 100) throw new Error('It is asked for ever.');
      const data = give(ids).map((documentId) => ({ documentId }));
      return { status: 200, body: { data, meta: { pagination: { pageSize } } } };
    },
  };
  const strapi = { config: { get: () => 25 }, contentType: () => ({ attributes: {} }) };
  const type = { uid: 'api::a.a', draftAndPublish: false, localized: false };
  const listed = new ListedDocuments(strapi as never, type as never, () => new Error('unclear'));
  const read = async (ids: string[]) => [
    ...(
      await listed.read({} as never, find as never, ids, { locale: null, status: 'published' })
    ).keys(),
  ];
  return { asked, read };
}

test.each([0, 0.5, 1, 1.5, 2, -1, '5', null])(
  'a list that tells a page size of %j gives all, and is not asked for ever',
  async (size) => {
    const { read } = listOf((ids) => ids.slice(0, Math.max(1, Math.floor(Number(size)))), size);
    expect(await read(['id-1', 'id-2', 'id-3'])).toEqual(['id-1', 'id-2', 'id-3']);
  },
);

test('a list that answers an id in other letters is asked once', async () => {
  const { asked, read } = listOf((ids) => ids.map((id) => id.toLowerCase()));
  expect(await read(['ID-a', 'ID-B'])).toEqual([]);
  expect(asked).toHaveLength(1);
});
