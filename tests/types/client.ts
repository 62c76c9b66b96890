/* Compiled by tests/unit/types.test.ts: what the typed client accepts and refuses. */
import type { API } from '@strapi/client';
import type { RelatedClient } from 'strapi-plugin-related-articles/client';

interface Category {
  documentId: string;
  name: string;
  articles?: Article[];
}

interface Article {
  documentId: string;
  title: string;
  rating: number | null;
  kind: 'essay' | 'news';
  date?: string;
  seo?: { noIndex: boolean } | null;
  category?: Category | null;
  related?: Article[];
  sections: ({ __component: 'shared.rich'; words: string } | { __component: 'shared.image' })[];
}

export function right(client: RelatedClient): unknown[] {
  return [
    client.related<Article>('articles', 'moon', {
      fields: ['title', 'rating'],
      filters: {
        title: { $startsWithi: 'an', $ne: 'And' },
        rating: { $gte: 3, $notNull: true },
        kind: 'essay',
        date: { $between: ['2020-01-01', new Date()] },
        seo: { noIndex: false },
        category: { name: { $in: ['Sky'] }, articles: { title: 'Moon' } },
        related: { $or: [{ title: 'a' }, { documentId: { $notIn: ['b'] } }] },
        publishedAt: { $lt: new Date() },
        $not: { title: { $or: [{ $null: true }, { $eq: '' }] } },
        $and: [{ category: { $null: true } }, { category: 4 }],
      },
      populate: { category: { fields: ['name'] }, related: { populate: '*' }, sections: { on: { 'shared.rich': { populate: 'image' } } }, seo: true }, // prettier-ignore
    }),
    client.relatedMany<Article>('articles', ['moon'], { populate: ['category.articles', 'seo'] }),
    client.relatedToText<Article>('articles', { text: 'moon' }, { populate: '*' }),
    // Without a type, everything that Strapi accepts.
    client.related('articles', 'moon', { filters: { any: { $eq: 1 } }, populate: 'thing.other' }),
  ];
}

/** Queries written for `@strapi/client` can be passed on, except `sort`: the order is the plugin's own. */
export const passedOn = (client: RelatedClient, query: Omit<API.BaseQueryParams, 'sort'>): unknown =>
  client.related('articles', 'moon', query); // prettier-ignore

export function wrong(client: RelatedClient): unknown[] {
  return [
    // @ts-expect-error -- not an attribute of the site's article
    client.related<Article>('articles', 'moon', { fields: ['titel'] }),
    // @ts-expect-error -- the same in a filter
    client.related<Article>('articles', 'moon', { filters: { titel: 'Moon' } }),
    // @ts-expect-error -- a number is asked for
    client.related<Article>('articles', 'moon', { filters: { rating: { $gte: 'three' } } }),
    // @ts-expect-error -- none of its values
    client.related<Article>('articles', 'moon', { filters: { kind: 'poem' } }),
    // @ts-expect-error -- an operator that there is not
    client.related<Article>('articles', 'moon', { filters: { title: { $has: 'Moon' } } }),
    // @ts-expect-error -- not an attribute of the site's category
    client.related<Article>('articles', 'moon', { filters: { category: { title: 'Sky' } } }),
    // @ts-expect-error -- nothing to populate
    client.related<Article>('articles', 'moon', { populate: 'title' }),
    // @ts-expect-error -- the same further in
    client.related<Article>('articles', 'moon', { populate: { category: { populate: 'name' } } }),
    // @ts-expect-error -- lists have their own order
    client.related<Article>('articles', 'moon', { sort: 'title' }),
  ];
}
