const STRAPI = process.env.STRAPI_URL ?? 'http://localhost:1337';
const PAGE_SIZE = 50;
/** How often a busy Strapi is asked. */
const TRIES = 5;

/** Asks Strapi; while it is busy, again after as many seconds as it says. */
async function ask(query, tags, tries = TRIES) {
  const token = process.env.STRAPI_TOKEN;
  const response = await fetch(`${STRAPI}/api/articles?${new URLSearchParams(query)}`, {
    headers: token ? { Authorization: `Bearer ${token}` } : {},
    // Kept until the plugin says that the page has changed.
    cache: 'force-cache',
    // With a signal, React asks again; without, it would repeat the first answer while a page is made.
    signal: new AbortController().signal,
    next: { tags },
  }).catch((error) => {
    throw new Error(
      `Strapi cannot be reached at ${STRAPI}: ${error.cause?.message ?? error.message}`,
    );
  });
  if ([429, 503].includes(response.status) && tries > 1) {
    const seconds = Number(response.headers.get('retry-after')) || 1;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return ask(query, tags, tries - 1);
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(`Strapi says ${response.status}: ${answer.error?.message}`);
  return answer.data;
}

const FIELDS = {
  fields: 'title,slug,excerpt,body',
  related: 5,
  relatedFields: 'title,slug',
};

/** All articles, each with what is related to it: fifty in one request. */
export async function allArticles() {
  const articles = [];
  for (let isLast = false; !isLast;) {
    const after = articles.at(-1)?.slug;
    const paging = {
      sort: 'slug',
      'filters[slug][$notNull]': 'true',
      'pagination[limit]': PAGE_SIZE,
      // Pages by number would skip an article when one before it is withdrawn meanwhile.
      ...(after && { 'filters[slug][$gt]': after }),
    };
    const found = await ask({ ...FIELDS, ...paging }, ['articles']);
    articles.push(...found);
    // Strapi may give fewer at once than are asked for.
    isLast = found.length === 0;
  }
  return articles;
}

/** One of them; `null` where there is none. The build has all of them already, later each is asked for by itself. */
export async function article(slug) {
  if (process.env.NEXT_PHASE === 'phase-production-build') {
    return (await allArticles()).find((one) => one.slug === slug) ?? null;
  }
  const [found] = await ask({ 'filters[slug]': slug, ...FIELDS }, ['articles', tagOf(slug)]);
  return found ?? null;
}

export const tagOf = (slug) => `article:${slug}`;
