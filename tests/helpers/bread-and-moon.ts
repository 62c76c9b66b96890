import type { Running } from './strapi';
import { BREAD, MOON, two } from './texts';

const ARTICLE = 'api::article.article';

/** documentIds of a site with two subjects, and of an article about the first. */
export interface BreadAndMoon {
  source: string;
  bread: string[];
  moon: string[];
}

/** Deletes all articles, and publishes a source and three articles on each of two subjects. */
export async function refill({ strapi, settled }: Running): Promise<BreadAndMoon> {
  const articles = strapi.documents(ARTICLE);
  for (const { documentId } of await articles.findMany({ fields: ['title'], limit: 1000 })) {
    await articles.delete({ documentId, locale: '*' });
  }
  const create = async (title: string, body: string) =>
    (await articles.create({ data: { title, body }, status: 'published' } as never)).documentId;
  const three = (name: string, texts: readonly string[]) =>
    Promise.all([0, 1, 2].map((i) => create(`${name} ${i}`, two(texts as string[], i))));
  const source = await create('Source', BREAD.join(' '));
  const found = { source, bread: await three('Bread', BREAD), moon: await three('Moon', MOON) };
  await settled();
  return found;
}

/** What visitors get: documentIds; a star marks pins. */
export async function servedTo(
  { http, settled }: Running,
  documentId: string,
  query = '',
): Promise<string[]> {
  await settled();
  const { status, body } = await http.get(`/api/articles/${documentId}/related?${query}`);
  expect(status).toBe(200);
  const ids = body.data.map((document: { documentId: string }) => document.documentId);
  expect(ids).toEqual(body.meta.related.map((entry: { documentId: string }) => entry.documentId));
  return body.meta.related.map(
    ({ documentId: id, origin }: { documentId: string; origin: string }) =>
      `${origin === 'pinned' ? '*' : ''}${id}`,
  );
}
