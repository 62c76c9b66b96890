import type { Core } from '@strapi/strapi';

/** What visitors of the demo may do: read articles, categories and tags, and ask what is related to them or to a text. */
const PUBLIC_ACTIONS = [
  'api::article.article.find',
  'api::article.article.findOne',
  'api::category.category.find',
  'api::category.category.findOne',
  'api::tag.tag.find',
  'api::tag.tag.findOne',
  'plugin::related-articles.related.find',
  'plugin::related-articles.related.findByText',
];

/** Gives the public role of users-permissions these actions; the same as ticking them in Settings, Roles. */
export async function openToPublic(strapi: Core.Strapi): Promise<void> {
  const role = await strapi.db
    .query('plugin::users-permissions.role')
    .findOne({ where: { type: 'public' }, populate: ['permissions'] });
  const granted = new Set(role.permissions.map(({ action }: { action: string }) => action));
  for (const action of PUBLIC_ACTIONS) {
    if (granted.has(action)) continue;
    await strapi.db
      .query('plugin::users-permissions.permission')
      .create({ data: { action, role: role.id } });
  }
}
