// A static site with related articles, built with fetch alone. See README.md.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const strapi = process.env.STRAPI_URL ?? 'http://localhost:1337';
const token = process.env.STRAPI_TOKEN;
const folder = process.env.OUT ?? 'out';
/** The language of the site: articles may have one slug in all of them. Default: that of Strapi. */
let locale = process.env.LOCALE;
const RELATED = 5;
const PAGE_SIZE = 50;
/** How often a busy Strapi is asked. */
const TRIES = 5;
/** How long to wait while Strapi builds its index, in seconds: until then, entries are missing in the lists. */
const BUILDING = 5;

/** Asks Strapi; again later while it is busy or its index is incomplete. */
async function ask(query, tries = TRIES) {
  const response = await fetch(`${strapi}/api/articles?${query}`, {
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  }).catch((error) => {
    throw new Error(`Strapi cannot be reached at ${strapi}: ${error.cause?.message ?? error.message}`); // prettier-ignore
  });
  if ([429, 503].includes(response.status) && tries > 1) {
    await wait(1000 * (Number(response.headers.get('retry-after')) || 1));
    return ask(query, tries - 1);
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(`Strapi says ${response.status}: ${answer.error?.message}`);
  if (!answer.meta.index) return answer;
  if (tries === 1) throw new Error('Strapi is still building its index');
  await wait(1000 * BUILDING);
  return ask(query, tries - 1);
}

/** Articles that come after a slug, each with its list: one request. */
async function articles(filters, after) {
  const query = new URLSearchParams({
    fields: 'title,slug,excerpt,body,locale',
    sort: 'slug',
    ...(locale && { locale }),
    'filters[slug][$notNull]': 'true',
    related: RELATED,
    relatedFields: 'title,slug',
    'pagination[limit]': PAGE_SIZE,
    // Pages by number would skip an article when one before it is withdrawn meanwhile.
    ...(after && { 'filters[slug][$gt]': after }),
    ...filters,
  });
  return ask(query);
}

// As servers decode it; what would be another folder is not.
const fileOf = (slug) => path.join(folder, 'articles', `${slug.replace(/[/\\\0]/g, encodeURIComponent)}.html`); // prettier-ignore

/** Builds all pages, and removes those of articles that are gone. */
async function buildAll() {
  const built = new Set((await build()).map((slug) => path.basename(fileOf(slug))));
  for (const file of await readdir(path.join(folder, 'articles'))) {
    if (file.endsWith('.html') && !built.has(file)) await rm(path.join(folder, 'articles', file));
  }
}

/** Builds the pages of these articles; all of them without filters. */
async function build(filters = {}) {
  await mkdir(path.join(folder, 'articles'), { recursive: true });
  const built = [];
  for (let isLast = false; !isLast;) {
    const { data } = await articles(filters, built.at(-1));
    for (const article of data) {
      locale ??= article.locale;
      await writeFile(fileOf(article.slug), pageOf(article));
      built.push(article.slug);
    }
    // Strapi may give fewer at once than are asked for.
    isLast = data.length === 0;
  }
  console.log(`${built.length} pages built`);
  return built;
}

/** What Strapi tells: whose pages have changed, and which are gone. */
async function follow({ uid, entries, removed }) {
  if (uid && uid !== 'api::article.article') return;
  const isOurs = (entry) => entry.locale === null || !locale || entry.locale === locale;
  for (const { slug } of removed.filter(isOurs)) if (slug) await rm(fileOf(slug), { force: true });
  const ids = entries.filter(isOurs).map(({ documentId }) => documentId);
  for (let at = 0; at < ids.length; at += PAGE_SIZE) {
    const some = ids.slice(at, at + PAGE_SIZE);
    // Strapi reads no list with an index above 99.
    await build(Object.fromEntries(some.map((id, n) => [`filters[documentId][$in][${n}]`, id])));
  }
}

function pageOf({ title, excerpt, body, related }) {
  // Entries without a slug have no page here.
  const links = related.filter(({ slug }) => slug).map(({ title: name, slug }) => `<li><a href="${encodeURIComponent(slug)}.html">${text(name)}</a></li>`); // prettier-ignore
  return `<!doctype html><meta charset="utf-8"><title>${text(title)}</title>
<h1>${text(title)}</h1><p>${text(excerpt ?? '')}</p><pre style="white-space: pre-wrap">${text(body ?? '')}</pre>
${links.length > 0 ? `<h2>Related articles</h2><ul>${links.join('')}</ul>` : ''}
`;
}

const SIGNS = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (value) => value.replace(/[&<>"]/g, (sign) => SIGNS[sign]);

/** One build after the other: a page that is built from what was read before would come back. */
let last = Promise.resolve();
function inTurn(work) {
  last = last.catch(() => undefined).then(work);
  return last;
}

/** Whether all pages have to be built: Strapi does not repeat what it told while a build failed. */
let isOwed = true;
async function update(told) {
  if (!isOwed && !told) return;
  const isWhole = isOwed || told.isPartial;
  isOwed = true;
  await (isWhole ? buildAll() : follow(told));
  isOwed = false;
}

/** Builds what has changed; after a failure all pages, a minute later. */
async function keepUp(told) {
  try {
    await inTurn(() => update(told));
  } catch (error) {
    console.error(`${error.message} (trying again in a minute)`);
    setTimeout(() => isOwed && keepUp(), 60_000);
  }
}

/** Listens to Strapi's webhook. */
function listen(port, secret) {
  createServer(async (request, response) => {
    // Whoever finds the address must not be able to keep you building.
    if (request.headers.authorization !== `Bearer ${secret}`) return response.writeHead(401).end();
    try {
      // A letter may lie in two packets.
      request.setEncoding('utf8');
      let body = '';
      for await (const part of request) body += part;
      const told = JSON.parse(body);
      // At once: a build may take longer than Strapi waits.
      response.writeHead(202).end();
      if (told.event === 'related.changed') await keepUp(told);
    } catch (error) {
      console.error(error.message);
      if (!response.headersSent) response.writeHead(400).end();
    }
  }).listen(port, () => console.log(`Listening on port ${port}`));
}

try {
  if (process.env.WEBHOOK_PORT) {
    if (!process.env.WEBHOOK_SECRET) throw new Error('WEBHOOK_SECRET: expected the secret that the webhook sends'); // prettier-ignore
    // What is told while the first pages are built is built after them.
    listen(Number(process.env.WEBHOOK_PORT), process.env.WEBHOOK_SECRET);
    await keepUp();
  } else await buildAll();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
