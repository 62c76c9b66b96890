// A static site with related articles, built with fetch alone. See README.md.
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

const strapi = process.env.STRAPI_URL ?? 'http://localhost:1337';
const token = process.env.STRAPI_TOKEN;
const folder = process.env.OUT ?? 'out';
const RELATED = 5;
const PAGE_SIZE = 50;

/** A page of articles, each with its list: one request. */
async function articles(filters, page) {
  const query = new URLSearchParams({
    fields: 'title,slug,excerpt,body',
    sort: 'slug',
    related: RELATED,
    relatedFields: 'title,slug',
    'pagination[page]': page,
    'pagination[pageSize]': PAGE_SIZE,
    ...filters,
  });
  const response = await fetch(`${strapi}/api/articles?${query}`, {
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`Strapi says ${response.status}: ${answer.error?.message}`);
  return answer;
}

/** Builds the pages of these articles; all of them without filters. */
async function build(filters = {}) {
  await mkdir(path.join(folder, 'articles'), { recursive: true });
  let built = 0;
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const { data, meta } = await articles(filters, page);
    pages = meta.pagination.pageCount;
    for (const article of data) {
      await writeFile(path.join(folder, 'articles', `${article.slug}.html`), pageOf(article));
    }
    built += data.length;
  }
  console.log(`${built} pages built`);
}

function pageOf({ title, excerpt, body, related }) {
  const links = related.map(({ title: name, slug }) => `<li><a href="${encodeURIComponent(slug)}.html">${text(name)}</a></li>`); // prettier-ignore
  return `<!doctype html><meta charset="utf-8"><title>${text(title)}</title>
<h1>${text(title)}</h1><p>${text(excerpt ?? '')}</p><pre style="white-space: pre-wrap">${text(body ?? '')}</pre>
${links.length > 0 ? `<h2>Related articles</h2><ul>${links.join('')}</ul>` : ''}
`;
}

const SIGNS = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (value) => value.replace(/[&<>"]/g, (sign) => SIGNS[sign]);

/** Waits for Strapi to tell whose lists have changed, and builds those pages anew. */
function listen(port, secret) {
  createServer(async (request, response) => {
    // Whoever finds the address must not be able to keep you building.
    if (request.headers.authorization !== `Bearer ${secret}`) return response.writeHead(401).end();
    try {
      let body = '';
      for await (const part of request) body += part;
      const { event, entries, isPartial } = JSON.parse(body);
      if (event === 'related.changed') {
        const ids = entries.map(({ documentId }, at) => [`filters[documentId][$in][${at}]`, documentId]); // prettier-ignore
        if (isPartial) await build();
        else for (let at = 0; at < ids.length; at += PAGE_SIZE) await build(Object.fromEntries(ids.slice(at, at + PAGE_SIZE))); // prettier-ignore
      }
      response.writeHead(204).end();
    } catch (error) {
      console.error(error.message);
      response.writeHead(500).end();
    }
  }).listen(port, () => console.log(`Listening on port ${port}`));
}

try {
  await build();
  if (process.env.WEBHOOK_PORT) {
    if (!process.env.WEBHOOK_SECRET) throw new Error('WEBHOOK_SECRET: expected the secret that the webhook sends'); // prettier-ignore
    listen(Number(process.env.WEBHOOK_PORT), process.env.WEBHOOK_SECRET);
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
