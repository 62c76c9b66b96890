import type { Core } from '@strapi/strapi';

import { registerPublicationDate } from './documents/publication-date';
import { registerSlugs } from './documents/slugs';

export default {
  register({ strapi }: { strapi: Core.Strapi }) {
    registerSlugs(strapi);
    registerPublicationDate(strapi);
  },

  bootstrap() {},
};
