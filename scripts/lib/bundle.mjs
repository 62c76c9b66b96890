import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

import { root } from './steps.mjs';

/** Turns a TypeScript file with all that it imports into one file for Node; gives its place. */
export async function bundle(entry, name) {
  const outfile = path.join(root, 'node_modules/.cache/related-articles', name);
  mkdirSync(path.dirname(outfile), { recursive: true });
  await build({
    entryPoints: [path.join(root, entry)],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    external: [
      'better-sqlite3',
      'autocannon',
      '@opensearch-project/opensearch',
      '@strapi/strapi',
      'playwright-core',
      'supertest',
      'vega',
      'vega-lite',
    ],
    alias: { plugin: path.join(root, 'src/plugins/related-articles/server/src') },
    logLevel: 'error',
  });
  return outfile;
}
