import type { Core } from '@strapi/strapi';

import type { RelatedChanged } from 'strapi-plugin-related-articles/strapi-server';
import { ensureAdministrator } from './administrator';
import { openToPublic } from './grants';
import { seedMagazine } from './seed';

/** Pages that are named of those that changed. */
const SHOWN = 5;

/** Prepares the demo, once per database; `npm run demo` asks for it with `DEMO=1`. */
export async function prepareDemo(strapi: Core.Strapi): Promise<void> {
  await seedMagazine(strapi);
  const opened = await strapi.store.get({ type: 'demo', key: 'opened' });
  if (!opened) {
    await openToPublic(strapi);
    await strapi.store.set({ type: 'demo', key: 'opened', value: true });
  }
  strapi.eventHub.on('related.changed', async (event) => sayChanged(strapi, event));
  const administrator = await ensureAdministrator(strapi);
  // Read by scripts/demo.mjs, which started this process.
  process.send?.({ demo: { administrator } });
}

/** Where a site would build these pages anew. */
function sayChanged({ log }: Core.Strapi, { entries }: RelatedChanged): void {
  const urls = entries.map(({ url }) => url);
  const more = urls.length > SHOWN ? ` and ${urls.length - SHOWN} more` : '';
  log.info(`related.changed: ${urls.slice(0, SHOWN).join(', ')}${more}`);
}
