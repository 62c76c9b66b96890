import type { Core } from '@strapi/strapi';
import type { RelatedArticlesConfig } from 'strapi-plugin-related-articles/strapi-server';

const allowedMediaTypes = [
  'image/*',
  'video/*',
  'audio/*',
  'application/pdf',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.*',
  'text/plain',
  'text/csv',
];

const deniedTypes = [
  'image/svg+xml',
  'application/vnd.microsoft.portable-executable',
  'application/x-msdownload',
  'application/x-msdos-program',
  'application/x-executable',
  'application/x-dosexec',
  'application/x-sh',
  'text/x-shellscript',
  'application/x-mach-binary',
];

const relatedArticles = (env: Core.Config.Shared.ConfigParams['env']): RelatedArticlesConfig => ({
  contentTypes: {
    'api::article.article': {
      title: 'title',
      slug: 'slug',
      text: { excerpt: 2, body: 1 },
      relations: { category: 1, tags: 2 },
      picked: 'relatedArticles',
      date: 'date',
      url: '/articles/:slug',
    },
  },
  sync: {
    snapshotDirectory: env('RELATED_ARTICLES_DIRECTORY', '.tmp/related-articles'),
    snapshotInterval: env.int('RELATED_ARTICLES_SNAPSHOT_INTERVAL', 300),
  },
  engine: env('RELATED_ARTICLES_SEARCH_NODES')
    ? {
        kind: 'opensearch',
        client: env('RELATED_ARTICLES_SEARCH_CLIENT', 'opensearch') as 'opensearch',
        node: env.array('RELATED_ARTICLES_SEARCH_NODES', []),
        indexPrefix: env('RELATED_ARTICLES_SEARCH_PREFIX', 'related-articles-'),
      }
    : { kind: 'embedded' },
  changedEvent: env.bool('RELATED_ARTICLES_CHANGED_EVENT', false),
  // The document middlewares in src/documents only make slugs and dates.
  cache: { middlewaresOnlyWrite: true },
});

const config = ({ env }: Core.Config.Shared.ConfigParams): Core.Config.Plugin => ({
  'related-articles': { enabled: true, config: relatedArticles(env) },
  'users-permissions': {
    config: {
      jwtManagement: 'refresh',
      sessions: {
        httpOnly: true,
      },
    },
  },
  upload: {
    config: {
      security: {
        allowedTypes: allowedMediaTypes,
        deniedTypes,
      },
    },
  },
});

export default config;
