import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createStrapi, type Core } from '@strapi/strapi';

import { testEnvironment } from '../tests/helpers/strapi';

/** The project in production on an empty SQLite database of its own. */
export interface BenchSite {
  /** The creator of the site must remove it. */
  folder: string;
  load(): Promise<Core.Strapi>;
}

export function createSite(root: string): BenchSite {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-bench-'));
  Object.assign(process.env, testEnvironment(folder), { NODE_ENV: 'production' });
  process.env.DATABASE_FILENAME = path.relative(root, path.join(folder, 'bench.db'));
  return {
    folder,
    load() {
      const strapi = createStrapi({ appDir: root, distDir: path.join(root, 'dist') });
      strapi.log.level = 'error';
      return strapi.load();
    },
  };
}
