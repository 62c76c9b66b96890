// Takes the stemmers, half a megabyte, out of the four bundles: all of them load dist/stemmers.js. Strapi's build puts
// everything that is no dependency into each bundle and has no option for that.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const plugin = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const FIRST = '/*! Made by scripts/snowball.mjs';
const LAST = 'function createStemmer(algorithm) {';

await build({
  entryPoints: [path.join(plugin, 'server/src/engine/analysis/snowball/stemmers.js')],
  outfile: path.join(plugin, 'dist/stemmers.js'),
  format: 'cjs',
  platform: 'node',
  target: 'node20',
});

for (const bundle of ['server/index.js', 'server/index.mjs', 'cli/index.js', 'cli/index.mjs']) {
  const file = path.join(plugin, 'dist', bundle);
  const text = readFileSync(file, 'utf8');
  const start = text.indexOf(FIRST);
  const last = text.indexOf(LAST, start);
  const end = text.indexOf('\n}\n', last);
  if (start < 0 || last < 0 || end < 0) {
    throw new Error(`dist/${bundle}: expected the stemmers from "${FIRST}" to "${LAST}"`);
  }
  const load = bundle.endsWith('.mjs')
    ? 'import { createStemmer } from "../stemmers.js";'
    : 'const { createStemmer } = require("../stemmers.js");';
  writeFileSync(file, `${text.slice(0, start)}${load}${text.slice(end + 2)}`);
}
