import type { ArticleLine } from 'plugin/cli/articles-file';
import { pagesOf } from './pages';
import type { SearchAnswer, SearchClient } from 'plugin/engine/opensearch/client';

const INDEX = 'more-like-this';
const LIMIT = 10;

/** The documented defaults, and the usual tuning. */
const VARIANTS = {
  default: {},
  tuned: { min_term_freq: 1, min_doc_freq: 2, max_query_terms: 50, minimum_should_match: '10%' },
};

export interface Peer {
  name: string;
  buildMs: number;
  ask(id: string): Promise<string[]>;
}

/** What OpenSearch itself offers: `more_like_this` over titles and texts with its English analyser. */
export async function moreLikeThis(
  client: SearchClient,
  articles: Iterable<ArticleLine>,
): Promise<Peer[]> {
  const text = { type: 'text', analyzer: 'english', term_vector: 'yes' };
  await client.request({
    method: 'PUT',
    path: `/${INDEX}`,
    body: {
      settings: { number_of_shards: 1, number_of_replicas: 0 },
      mappings: { properties: { title: text, body: text } },
    },
  });
  const started = performance.now();
  for (const page of pagesOf(articles)) {
    const lines = page.flatMap(({ slug, title, body }) => [
      { index: { _index: INDEX, _id: slug } },
      { title, body },
    ]);
    await client.request({ method: 'POST', path: '/_bulk', lines });
  }
  await client.request({ method: 'POST', path: `/${INDEX}/_refresh` });
  const buildMs = performance.now() - started;
  return Object.entries(VARIANTS).map(([name, options]) => ({
    name: `more_like_this, ${name}`,
    buildMs,
    async ask(id) {
      const { hits } = await client.request<SearchAnswer>({
        method: 'POST',
        path: `/${INDEX}/_search`,
        body: {
          size: LIMIT,
          _source: false,
          query: {
            more_like_this: {
              fields: ['title', 'body'],
              like: [{ _index: INDEX, _id: id }],
              ...options,
            },
          },
        },
      });
      return hits.hits.map(({ _id }) => _id);
    },
  }));
}
