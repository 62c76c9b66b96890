const STRAPI = process.env.STRAPI_URL ?? 'http://localhost:1337';
const PAGE_SIZE = 50;
/** How often a busy Strapi is asked. */
const TRIES = 5;
/** How long to wait while Strapi builds its index, in seconds: until then, entries are missing in the lists. */
const BUILDING = 5;

/** Asks Strapi; again later while it is busy or its index is incomplete. */
async function ask(query, tags, tries = TRIES) {
  const token = process.env.STRAPI_TOKEN;
  const response = await fetch(`${STRAPI}/api/articles?${new URLSearchParams(query)}`, {
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      // Next.js keeps one answer for the same headers, and a list that is incomplete must not be the one.
      ...(tries < TRIES && { 'X-Try': String(TRIES - tries + 1) }),
    },
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
  const again = async (seconds) => {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return ask(query, tags, tries - 1);
  };
  if ([429, 503].includes(response.status) && tries > 1) {
    return again(Number(response.headers.get('retry-after')) || 1);
  }
  const { data, meta, error } = await response.json();
  if (!response.ok) throw new Error(`Strapi says ${response.status}: ${error?.message}`);
  // Entries without a slug have no page here.
  for (const one of data) one.related = one.related.filter((other) => other.slug);
  if (!meta.index) return data;
  if (tries === 1) throw new Error('Strapi is still building its index');
  return again(BUILDING);
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

let built;

/** One of them; `null` where there is none. The build has all of them already, later each is asked for by itself. */
export async function article(slug) {
  if (process.env.NEXT_PHASE === 'phase-production-build') {
    // Next.js keeps no answers above 2 MB, so each page would read all of them again.
    built ??= allArticles().then((all) => new Map(all.map((one) => [one.slug, one])));
    return (await built).get(slug) ?? null;
  }
  const [found] = await ask({ 'filters[slug]': slug, ...FIELDS }, ['articles', tagOf(slug)]);
  return found ?? null;
}

export const tagOf = (slug) => `article:${slug}`;
