import { factories } from '@strapi/strapi';

const publishedOnly = { policies: ['plugin::related-articles.published-only'] };

export default factories.createCoreRouter('api::tag.tag', {
  config: { find: publishedOnly, findOne: publishedOnly },
});
