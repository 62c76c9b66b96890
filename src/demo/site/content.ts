import type { Core } from '@strapi/strapi';
import type { RelatedDocument, Suggestions } from 'strapi-plugin-related-articles/strapi-server';

import type { Language } from './words';

const ARTICLE = 'api::article.article';
const CATEGORY = 'api::category.category';
/** How many articles a page shows. */
const MANY = 60;

interface Picture {
  url: string;
  width: number;
  height: number;
}

export interface Article {
  documentId: string;
  title: string;
  slug: string;
  excerpt?: string;
  body?: string;
  date?: string;
  locale?: string;
  cover?: (Picture & { formats?: Record<string, Picture> }) | null;
  category?: Category | null;
}

export interface Category {
  documentId: string;
  name: string;
  slug: string;
  description?: string;
  locale?: string;
}

export type Suggestion = RelatedDocument<Article>;

const LISTED = {
  fields: ['title', 'slug', 'excerpt', 'date'],
  populate: { cover: { fields: ['url', 'width', 'height', 'formats'] }, category: { fields: ['name', 'slug'] } }, // prettier-ignore
};

interface Documents {
  findMany(query: object): Promise<unknown[]>;
}

/** What the pages show: what is published. */
export class Content {
  constructor(private readonly strapi: Core.Strapi) {}

  async newest(locale: Language, filters: object = {}): Promise<Article[]> {
    return this.articles({ ...LISTED, locale, filters, sort: 'date:desc', limit: MANY });
  }

  async article(slug: string): Promise<Article | null> {
    // A slug is there in one language.
    for (const locale of ['en', 'de']) {
      const [found] = await this.articles({ populate: LISTED.populate, filters: { slug }, locale, limit: 1 }); // prettier-ignore
      if (found) return found;
    }
    return null;
  }

  async translation(
    uid: 'article' | 'category',
    documentId: string,
    locale: Language,
  ): Promise<string | null> {
    // prettier-ignore
    const query = { fields: ['slug'], filters: { documentId }, locale, limit: 1 };
    const [found] = uid === 'article' ? await this.articles(query) : await this.all<Category>(CATEGORY, query); // prettier-ignore
    return found?.slug ?? null;
  }

  categories(locale: Language): Promise<Category[]> {
    return this.all(CATEGORY, { locale, sort: 'name', limit: MANY });
  }

  async category(slug: string): Promise<Category | null> {
    for (const locale of ['en', 'de']) {
      const [found] = await this.all<Category>(CATEGORY, { filters: { slug }, locale, limit: 1 });
      if (found) return found;
    }
    return null;
  }

  /** What is related, with reasons. */
  async related({ documentId }: Article, locale: Language): Promise<readonly Suggestion[]> {
    const query = { locale, explain: true, fallback: 'category', fields: ['title', 'slug'], populate: { category: { fields: ['name'] } } } as const; // prettier-ignore
    const list = await this.suggestions.related<Article>(ARTICLE, documentId, { ...query, fields: [...query.fields] }); // prettier-ignore
    return list?.results ?? [];
  }

  /** What somebody may have looked for at an address where nothing is. */
  async meant(path: string, locale: Language): Promise<readonly Article[]> {
    const title = path.split('/').at(-1)?.replace(/[-_.+]+/g, ' ').slice(0, 200) ?? ''; // prettier-ignore
    if (title.trim() === '') return [];
    const query = { title, text: title, locale, limit: 4, ...LISTED };
    const { results } = await this.suggestions.relatedToText<Article>(ARTICLE, query);
    if (results.length > 0) return results;
    // A few misspelt words are poor evidence, but better than an empty page.
    return (await this.suggestions.relatedToText<Article>(ARTICLE, { ...query, minScore: 0 })).results; // prettier-ignore
  }

  private get suggestions(): Suggestions {
    return this.strapi.plugin('related-articles').service('suggestions');
  }

  private articles(query: object): Promise<Article[]> {
    return this.all(ARTICLE, query);
  }

  private async all<T>(uid: typeof ARTICLE | typeof CATEGORY, query: object): Promise<T[]> {
    const documents = this.strapi.documents(uid) as unknown as Documents;
    return (await documents.findMany({ ...query, status: 'published' })) as T[];
  }
}
