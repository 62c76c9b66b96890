import type { Core } from '@strapi/strapi';

import { warnOfShadows } from 'plugin/routes/shadows';

test('warns of a content type that takes the plugin’s addresses', () => {
  const warnings: string[] = [];
  const contentTypes = {
    'api::teaser.teaser': { info: { pluralName: 'related-articles' } },
    'api::article.article': { info: { pluralName: 'articles' } },
    'api::check.check': { info: { pluralName: 'health' } },
    'api::other.other': { info: { pluralName: 'health' } },
    'plugin::other.other': { info: { pluralName: 'related-articles' } },
  };
  const log = { warn: (text: string) => warnings.push(text) };
  const types = new Map([['api::check.check', {}]]);
  warnOfShadows({ contentTypes, log } as unknown as Core.Strapi, types);
  expect(warnings).toEqual([
    'related-articles: api::teaser.teaser answers at /related-articles, so lists for several entries and the health route are not reachable. Give the content type another plural name.',
    'related-articles: the lists of several api::check.check answer at /related-articles/health, so the health route is not reachable. Give the content type another plural name.',
  ]);
});
