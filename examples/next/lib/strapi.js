const STRAPI = process.env.STRAPI_URL ?? 'http://localhost:1337';
const PAGE_SIZE = 50;

async function ask(query, tags) {
  const token = process.env.STRAPI_TOKEN;
  const response = await fetch(`${STRAPI}/api/articles?${new URLSearchParams(query)}`, {
    headers: token ? { Authorization: `Bearer ${token}` } : {},
    // Kept until the plugin says that the page has changed.
    cache: 'force-cache',
    next: { tags },
  }).catch((error) => {
    throw new Error(
      `Strapi cannot be reached at ${STRAPI}: ${error.cause?.message ?? error.message}`,
    );
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`Strapi says ${response.status}: ${answer.error?.message}`);
  return answer;
}

const FIELDS = {
  fields: 'title,slug,excerpt,body',
  related: 5,
  relatedFields: 'title,slug',
};

/** All articles, each with what is related to it: fifty in one request. */
export async function allArticles() {
  const articles = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const paging = { sort: 'slug', 'pagination[page]': page, 'pagination[pageSize]': PAGE_SIZE };
    const { data, meta } = await ask({ ...FIELDS, ...paging }, ['articles']);
    articles.push(...data);
    pages = meta.pagination.pageCount;
  }
  return articles;
}

/** One of them; `null` where there is none. The build has all of them already, later each is asked for by itself. */
export async function article(slug) {
  if (process.env.NEXT_PHASE === 'phase-production-build') {
    return (await allArticles()).find((one) => one.slug === slug) ?? null;
  }
  const { data } = await ask({ 'filters[slug]': slug, ...FIELDS }, ['articles', tagOf(slug)]);
  return data[0] ?? null;
}

export const tagOf = (slug) => `article:${slug}`;
