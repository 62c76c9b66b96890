import { factories } from '@strapi/strapi';

const publishedOnly = { policies: ['plugin::related-articles.published-only'] };

export default factories.createCoreRouter('api::category.category', {
  config: { find: publishedOnly, findOne: publishedOnly },
});
