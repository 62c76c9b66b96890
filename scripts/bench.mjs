// npm run bench -- quality|speed|start|http|plot: bundles tests/bench and runs it. Needs npm run setup once.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

import { fail, root, run, setup } from './lib/steps.mjs';

const outfile = path.join(root, 'node_modules/.cache/related-articles/bench.cjs');
if (['http', 'start'].includes(process.argv[2])) await setup();
mkdirSync(path.dirname(outfile), { recursive: true });
await build({
  entryPoints: [path.join(root, 'tests/bench/index.ts')],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  outfile,
  external: ['better-sqlite3', 'autocannon', '@strapi/strapi', 'supertest', 'vega', 'vega-lite'],
  alias: { plugin: path.join(root, 'src/plugins/related-articles/server/src') },
  logLevel: 'error',
});
run(process.execPath, [
  '--expose-gc',
  '--max-old-space-size=12000',
  outfile,
  ...process.argv.slice(2),
]).catch(({ message }) => fail(message));
