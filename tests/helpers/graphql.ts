import fs from 'node:fs';
import path from 'node:path';

import { startSite, type Config } from './site';
import type { Running } from './strapi';

/** Starts the site in `tests/site` with Strapi's GraphQL plugin. */
export function startSiteWithGraphQL(
  configure?: (config: Config, appDir: string) => void,
): Promise<Running> {
  return startSite((config, appDir) => {
    const file = path.join(appDir, 'package.json');
    const manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
    manifest.dependencies['@strapi/plugin-graphql'] = '*';
    fs.writeFileSync(file, JSON.stringify(manifest));
    configure?.(config, appDir);
  });
}
