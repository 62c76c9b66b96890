const STRAPI = import.meta.env.STRAPI_URL ?? process.env.STRAPI_URL ?? 'http://localhost:1337';
const TOKEN = import.meta.env.STRAPI_TOKEN ?? process.env.STRAPI_TOKEN;
const PAGE_SIZE = 50;
/** How often a busy Strapi is asked. */
const TRIES = 5;
/** How long to wait while Strapi builds its index, in seconds: until then, entries are missing in the lists. */
const BUILDING = 5;

export interface Article {
  documentId: string;
  title: string;
  slug: string;
  excerpt: string | null;
  body: string | null;
  related: { title: string; slug: string }[];
}

/** Asks Strapi; again later while it is busy or its index is incomplete. */
async function ask(query: URLSearchParams, tries = TRIES): Promise<Article[]> {
  const response = await fetch(`${STRAPI}/api/articles?${query}`, {
    headers: TOKEN ? { Authorization: `Bearer ${TOKEN}` } : {},
  }).catch((error) => {
    throw new Error(
      `Strapi cannot be reached at ${STRAPI}: ${error.cause?.message ?? error.message}`,
    );
  });
  const again = async (seconds: number) => {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return ask(query, tries - 1);
  };
  if ([429, 503].includes(response.status) && tries > 1) {
    return again(Number(response.headers.get('retry-after')) || 1);
  }
  const { data, meta, error } = await response.json();
  if (!response.ok) throw new Error(`Strapi says ${response.status}: ${error?.message}`);
  if (!meta.index) return data;
  if (tries === 1) throw new Error('Strapi is still building its index');
  return again(BUILDING);
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
    const data = await ask(query);
    // Entries without a slug have no page here.
    for (const one of data) one.related = one.related.filter(({ slug }) => slug);
    found.push(...data);
    // Strapi may give fewer at once than are asked for.
    isLast = data.length === 0;
  }
  return found;
}
