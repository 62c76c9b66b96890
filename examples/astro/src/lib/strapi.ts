const STRAPI = import.meta.env.STRAPI_URL ?? process.env.STRAPI_URL ?? 'http://localhost:1337';
const TOKEN = import.meta.env.STRAPI_TOKEN ?? process.env.STRAPI_TOKEN;
const PAGE_SIZE = 50;

export interface Article {
  documentId: string;
  title: string;
  slug: string;
  excerpt: string | null;
  body: string | null;
  related: { title: string; slug: string }[];
}

/** All articles, each with what is related to it: fifty in one request. */
export async function allArticles(): Promise<Article[]> {
  const found: Article[] = [];
  for (let isLast = false; !isLast;) {
    const after = found.at(-1)?.slug;
    const query = new URLSearchParams({
      fields: 'title,slug,excerpt,body',
      sort: 'slug',
      'filters[slug][$notNull]': 'true',
      related: '5',
      relatedFields: 'title,slug',
      'pagination[limit]': String(PAGE_SIZE),
      // Pages by number would skip an article when one before it is withdrawn meanwhile.
      ...(after && { 'filters[slug][$gt]': after }),
    });
    const response = await fetch(`${STRAPI}/api/articles?${query}`, {
      headers: TOKEN ? { Authorization: `Bearer ${TOKEN}` } : {},
    }).catch((error) => {
      throw new Error(
        `Strapi cannot be reached at ${STRAPI}: ${error.cause?.message ?? error.message}`,
      );
    });
    const { data, error } = await response.json();
    if (!response.ok) throw new Error(`Strapi says ${response.status}: ${error?.message}`);
    found.push(...data);
    // Strapi may give fewer at once than are asked for.
    isLast = data.length === 0;
  }
  return found;
}
