import type { Core } from '@strapi/strapi';

import { prepareDemo } from './demo';
import { serveSite } from './demo/site';
import { registerPublicationDate } from './documents/publication-date';
import { registerSlugs } from './documents/slugs';

export default {
  register({ strapi }: { strapi: Core.Strapi }) {
    registerSlugs(strapi);
    registerPublicationDate(strapi);
    if (process.env.DEMO === '1') serveSite(strapi);
  },

  async bootstrap({ strapi }: { strapi: Core.Strapi }) {
    if (process.env.DEMO === '1') await prepareDemo(strapi);
  },
};
