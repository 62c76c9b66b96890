import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Core } from '@strapi/strapi';
import autocannon from 'autocannon';

import { appOf } from 'plugin/app';
import { ALL_READS, grantPublic } from '../tests/helpers/strapi';
import { createSite } from './site';
import { table } from './table';

const CONNECTIONS = 10;
const DOCUMENTS = 300;
const ARTICLE = 'api::article.article';

export interface HttpRow {
  request: string;
  perSecond: number;
  medianMs: number;
  p99Ms: number;
  errors: number;
}

/**
 * The related articles beside the query that everyone writes by hand, over HTTP, from one Strapi on SQLite that
 * holds the articles. Both in turn, twice, so that neither has the warmer caches; the second round counts.
 */
export async function measureHttp(
  root: string,
  articles: string,
  seconds: number,
): Promise<HttpRow[]> {
  const { folder, load: start } = createSite(root);
  try {
    await importArticles(root, articles);
    const strapi = await start();
    await grantPublic(strapi, ALL_READS);
    const base = await listen(strapi);
    await appOf(strapi).index.idle();
    const requests = await requestsFor(strapi);
    let rows: HttpRow[] = [];
    for (let round = 0; round < 2; round += 1) {
      rows = [];
      for (const [request, paths] of Object.entries(requests)) {
        rows.push(await load(base, request, paths, seconds));
      }
    }
    await strapi.destroy();
    return rows;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function importArticles(root: string, articles: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const bin = path.join(root, 'node_modules/.bin/related-articles');
    const child = spawn(bin, ['import', '--file', path.resolve(articles), '--publish'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error('The import failed.'))));
  });
}

async function listen(strapi: Core.Strapi): Promise<string> {
  strapi.server.mount();
  const { httpServer } = strapi.server;
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  const { port } = httpServer.address() as { port: number };
  return `http://127.0.0.1:${port}`;
}

async function requestsFor(strapi: Core.Strapi): Promise<Record<string, string[]>> {
  const documents = await strapi.documents(ARTICLE).findMany({
    status: 'published',
    fields: ['documentId'],
    filters: { category: { id: { $notNull: true } } },
    populate: { category: { fields: ['slug'] } },
    limit: DOCUMENTS,
  });
  return {
    related: documents.map(
      ({ documentId }) =>
        `/api/articles/${documentId}/related?pagination[limit]=5&populate=category`,
    ),
    'same category, newest first': documents.map(
      ({ category }) =>
        `/api/articles?filters[category][slug][$eq]=${category?.slug}&sort=publishedAt:desc&pagination[limit]=5&populate=category`,
    ),
  };
}

async function load(
  url: string,
  request: string,
  paths: string[],
  seconds: number,
): Promise<HttpRow> {
  const { requests, latency, errors, non2xx } = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    requests: paths.map((place) => ({ method: 'GET' as const, path: place })),
    // A thread of its own: the load must not share the server's.
    workers: 1,
  });
  return {
    request,
    perSecond: requests.average,
    medianMs: latency.p50,
    p99Ms: latency.p99,
    errors: errors + non2xx,
  };
}

export function describeHttp(rows: readonly HttpRow[]): string {
  return table(
    rows.map(({ request, perSecond, medianMs, p99Ms, errors }) => ({
      request,
      'requests/s': perSecond.toFixed(0),
      'median ms': medianMs.toFixed(0),
      'p99 ms': p99Ms.toFixed(0),
      errors,
    })),
  );
}
