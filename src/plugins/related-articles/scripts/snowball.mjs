// Makes server/src/engine/analysis/snowball/stemmers.js: all Snowball stemmers as one synchronous module.
//
// The package is published for ES modules on Node 22, and loads its WebAssembly with a top-level await. Bundled
// with the binary inside, it serves every Node that Strapi runs on, in CommonJS, and is no install of the site's.
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const source = require.resolve
  .paths('multilingual-stemmer')
  .map((place) => path.join(place, 'multilingual-stemmer'))
  .find((place) => existsSync(place));
const { version } = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8'));

await build({
  stdin: {
    contents: `
      import { initSync, Languages, Stemmer } from './dist/browser/index.js';
      import module from './dist/browser/index_bg.wasm';

      let ready = false;
      export const algorithms = Object.keys(Languages).filter((name) => !/^\\d/.test(name));
      export function createStemmer(algorithm) {
        if (!ready) initSync({ module });
        ready = true;
        const stemmer = new Stemmer(Languages[algorithm]);
        return (word) => stemmer.stem(word);
      }`,
    resolveDir: source,
  },
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  loader: { '.wasm': 'binary' },
  define: { 'import.meta.url': '""' },
  banner: {
    js: `/*! Made by scripts/snowball.mjs from multilingual-stemmer ${version} (MIT) and Snowball (BSD-3-Clause), see THIRD-PARTY-NOTICES.md. */`,
  },
  outfile: path.join(here, '../server/src/engine/analysis/snowball/stemmers.js'),
});
