import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Core } from '@strapi/strapi';
import autocannon from 'autocannon';

import { appOf } from 'plugin/app';
import { afresh } from '../tests/helpers/fresh-answers';
import { ALL_READS, grantPublic } from '../tests/helpers/strapi';
import { createSite } from './site';
import { table } from './table';

const CONNECTIONS = 10;
const DOCUMENTS = 300;
const ARTICLE = 'api::article.article';
/** Requested with the tag of what the caller already has. */
const KEPT = 'related, not changed (304)';
/** Requested while no answer is reused. */
const ANEW = 'related, made anew';

export interface HttpRow {
  request: string;
  perSecond: number;
  medianMs: number;
  p99Ms: number;
  errors: number;
}

/**
 * Compares related articles with Strapi's own routes and the query that everyone writes by hand, over HTTP, from one
 * Strapi on SQLite. Runs all of them in turn, twice, so that none has the warmer caches; the second round counts.
 *
 * @param only Part of the names of the requests to make. Default: all.
 */
export async function measureHttp(
  root: string,
  articles: string,
  seconds: number,
  only = '',
): Promise<HttpRow[]> {
  const { folder, load: start } = createSite(root);
  try {
    await importArticles(root, articles);
    const strapi = await start();
    await grantPublic(strapi, [...ALL_READS, `${ARTICLE}.findOne`]);
    const base = await listen(strapi);
    await appOf(strapi).index.idle();
    const all = Object.entries(await requestsFor(strapi));
    const requests = all.filter(([name]) => name.includes(only));
    let rows: HttpRow[] = [];
    for (let round = 0; round < 2; round += 1) {
      rows = [];
      for (const [request, paths] of requests) {
        const measured = () => load(base, request, paths, seconds);
        rows.push(request === ANEW ? await afresh(strapi, measured) : await measured());
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
  const ids = documents.map(({ documentId }) => documentId);
  const related = ids.map((id) => `/api/articles/${id}/related?pagination[limit]=5&populate=category`); // prettier-ignore
  return {
    related,
    [ANEW]: related,
    [KEPT]: related,
    'one article (findOne)': ids.map((id) => `/api/articles/${id}?populate=category`),
    'five articles (find)': ids.map((_, at) => `/api/articles?pagination[limit]=5&pagination[start]=${at}&populate=category`), // prettier-ignore
    'one article with related=5': ids.map((id) => `/api/articles/${id}?populate=category&related=5&relatedPopulate=category`), // prettier-ignore
    'five articles with related=3': ids.map((_, at) => `/api/articles?pagination[limit]=5&pagination[start]=${at}&populate=category&related=3`), // prettier-ignore
    'five lists (documentIds)': ids.map((_, at) => `/api/related-articles/articles?documentIds=${[0, 1, 2, 3, 4].map((i) => ids[(at + i) % ids.length]).join(',')}&populate=category`), // prettier-ignore
    'the caller’s rights alone (health)': ['/api/related-articles/health'],
    'an empty answer (_health)': ['/_health'],
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
    requests: await Promise.all(
      paths.map(async (place) => ({
        method: 'GET' as const,
        path: place,
        ...(request === KEPT && { headers: { 'if-none-match': await tagOf(url + place) } }),
      })),
    ),
    // A separate thread: the load must not share the server's.
    workers: 1,
  });
  return {
    request,
    perSecond: requests.average,
    medianMs: latency.p50,
    p99Ms: latency.p99,
    // 304 is the expected answer.
    errors: request === KEPT ? errors : errors + non2xx,
  };
}

async function tagOf(url: string): Promise<string> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.headers.get('etag') ?? '';
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
