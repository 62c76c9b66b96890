/*
 * Compiled by tests/unit/types.test.ts against this project's generated types. Every line below a
 * `@ts-expect-error` must not compile, and everything else must.
 */
import type { RelatedArticlesConfig } from 'plugin/config/options';

export const right: RelatedArticlesConfig = {
  contentTypes: {
    'api::article.article': {
      title: 'title',
      slug: 'slug',
      text: { excerpt: 2, body: { weight: 1, format: 'markdown' }, cover: 0.5 },
      relations: { category: 1, tags: { weight: 2, label: 'name' } },
      date: 'date',
      url: { en: '/articles/:slug', de: '/artikel/:slug' },
      signals: {
        sameAuthor: {
          weight: 0.5,
          attributes: ['title', 'date'],
          score: (source, candidate) => (source.title === candidate.title ? 1 : 0),
        },
      },
    },
    'api::category.category': { title: 'name', language: 'de' },
  },
  limit: 5,
  languages: { 'x-klingon': 'en' },
  ranking: { minScore: 0.1, diversity: 0.2, weights: { text: 1, links: 0 } },
};

export const components: RelatedArticlesConfig = {
  contentTypes: {
    'api::page.page': {
      title: 'title',
      text: {
        seo: { summary: 2, image: { caption: 1, file: 1 } },
        sections: { 'shared.rich': { words: 1 }, 'shared.image': 0.5 },
        intro: 1,
      },
    },
  },
};

export const wrong: RelatedArticlesConfig[] = [
  // @ts-expect-error a misspelt content type
  { contentTypes: { 'api::artcle.article': { title: 'title' } } },
  // @ts-expect-error a single type
  { contentTypes: { 'api::about.about': { title: 'title' } } },
  // @ts-expect-error no title
  { contentTypes: { 'api::article.article': {} } },
  // @ts-expect-error a misspelt title
  { contentTypes: { 'api::article.article': { title: 'titel' } } },
  // @ts-expect-error a title of the wrong kind
  { contentTypes: { 'api::article.article': { title: 'body' } } },
  // @ts-expect-error a misspelt text attribute
  { contentTypes: { 'api::article.article': { title: 'title', text: { bdy: 1 } } } },
  // @ts-expect-error a text attribute of the wrong kind
  { contentTypes: { 'api::article.article': { title: 'title', text: { date: 1 } } } },
  // @ts-expect-error a misspelt relation
  { contentTypes: { 'api::article.article': { title: 'title', relations: { tag: 1 } } } },
  // @ts-expect-error an attribute that is no relation
  { contentTypes: { 'api::article.article': { title: 'title', relations: { title: 1 } } } },
  {
    contentTypes: {
      // @ts-expect-error a misspelt label
      'api::article.article': { title: 'title', relations: { tags: { weight: 1, label: 'nmae' } } },
    },
  },
  // @ts-expect-error a date of the wrong kind
  { contentTypes: { 'api::article.article': { title: 'title', date: 'title' } } },
  // @ts-expect-error a slug of the wrong kind
  { contentTypes: { 'api::article.article': { title: 'title', slug: 'body' } } },
  // @ts-expect-error an unknown option
  { contentTypes: { 'api::article.article': { title: 'title', slgu: 'slug' } } },
  // @ts-expect-error a misspelt attribute of a component
  { contentTypes: { 'api::page.page': { title: 'title', text: { seo: { sumary: 1 } } } } },
  {
    contentTypes: {
      'api::page.page': {
        title: 'title',
        // @ts-expect-error a misspelt component of a dynamic zone
        text: { sections: { 'shared.rch': 1 } },
      },
    },
  },
  {
    contentTypes: {
      'api::page.page': {
        title: 'title',
        // @ts-expect-error a misspelt attribute of a component of a dynamic zone
        text: { sections: { 'shared.rich': { wrds: 1 } } },
      },
    },
  },
  {
    contentTypes: {
      'api::article.article': {
        title: 'title',
        // @ts-expect-error a signal that looks at what is not there
        signals: { own: { weight: 1, attributes: ['vews'], score: () => 0 } },
      },
    },
  },
  {
    contentTypes: {
      'api::article.article': {
        title: 'title',
        // @ts-expect-error a signal that returns no number
        signals: { own: { weight: 1, score: ({ title }) => title } },
      },
    },
  },
  // @ts-expect-error an unknown language
  { languages: { 'x-klingon': 'klingon' } },
  // @ts-expect-error an unknown signal
  { ranking: { weights: { txet: 1 } } },
];
