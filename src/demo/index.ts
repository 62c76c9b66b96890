import type { Core } from '@strapi/strapi';

import { ensureAdministrator } from './administrator';
import { openToPublic } from './grants';
import { seedMagazine } from './seed';

/** Prepares the demo, once per database; `npm run demo` asks for it with `DEMO=1`. */
export async function prepareDemo(strapi: Core.Strapi): Promise<void> {
  await seedMagazine(strapi);
  const opened = await strapi.store.get({ type: 'demo', key: 'opened' });
  if (!opened) {
    await openToPublic(strapi);
    await strapi.store.set({ type: 'demo', key: 'opened', value: true });
  }
  const administrator = await ensureAdministrator(strapi);
  // Read by scripts/demo.mjs, which started this process.
  process.send?.({ demo: { administrator } });
}
