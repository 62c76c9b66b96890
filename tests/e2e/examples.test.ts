import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { freePort } from '../helpers/databases';
import { accountIn, Demo } from '../helpers/demo';
import { until } from '../../soak/processes';

/* Against a running demo, each example does what its README says. */

const ARTICLE = 'api::article.article';
const TITLE = 'Moonlight & <telescopes> on the balcony';
const MOON = 'The moon, its craters and an eclipse, through binoculars or a telescope at night.';

let demo: Demo;
let out: string;
let admin: (
  method: string,
  place: string,
  body?: object,
) => Promise<{ data: Record<string, string> }>;
const children: ChildProcess[] = [];

beforeAll(async () => {
  demo = await Demo.create();
  const account = accountIn(await demo.start());
  out = fs.mkdtempSync(path.join(os.tmpdir(), 'related-example-'));
  const ask = async (method: string, place: string, body?: object, token?: string) => {
    const response = await fetch(`${demo.base}/${place}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, // prettier-ignore
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${place}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const { token } = (await ask('POST', 'admin/login', account)).data;
  admin = (method, place, body) => ask(method, place, body, token);
}, 600_000);
afterAll(async () => {
  for (const child of children) child.kill();
  await demo.remove();
  fs.rmSync(out, { recursive: true, force: true });
});

/** A copy of an example with its packages, outside this repository, as a newcomer has it. */
async function copied(name: string): Promise<string> {
  const folder = path.join(out, name);
  fs.cpSync(path.resolve('examples', name), folder, { recursive: true });
  await command(folder, 'npm', ['install', '--no-audit', '--no-fund', '--loglevel=error']);
  return folder;
}

async function command(cwd: string, name: string, args: string[]): Promise<string> {
  const { code, output } = await ended(spawn(name, args, { cwd, env: environment() }));
  if (code !== 0) throw new Error(`${name} ${args.join(' ')}: ${code}\n${output}`);
  return output;
}

const environment = () => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  STRAPI_URL: demo.base,
  ASTRO_TELEMETRY_DISABLED: '1',
  NEXT_TELEMETRY_DISABLED: '1',
});

/** Publishes an article; gives its slug and the slug of one that it is suggested on. */
async function publish(title: string): Promise<{ slug: string; on: string }> {
  const { data } = await admin('POST', `content-manager/collection-types/${ARTICLE}?locale=en`, { title, excerpt: MOON, body: `${MOON} ${MOON}` }); // prettier-ignore
  await admin('POST', `content-manager/collection-types/${ARTICLE}/${data.documentId}/actions/publish?locale=en`, { title }); // prettier-ignore
  const { slug } = (await (await fetch(`${demo.base}/api/articles/${data.documentId}?fields=slug`)).json()).data; // prettier-ignore
  const on = 'an-evening-on-the-moon';
  for (let tries = 0; !(await served(on)).includes(slug) && tries < 100; tries += 1) await setTimeout(100); // prettier-ignore
  return { slug, on };
}

async function unpublish(slug: string): Promise<void> {
  const { data } = await (await fetch(`${demo.base}/api/articles?filters[slug]=${slug}&fields=slug`)).json(); // prettier-ignore
  await admin('POST', `content-manager/collection-types/${ARTICLE}/${data[0].documentId}/actions/unpublish?locale=en`, {}); // prettier-ignore
}

const articlesIn = (html: string) => [...new Set([...html.matchAll(/href="\/articles\/([^"]+)"/g)].map(([, slug]) => slug))]; // prettier-ignore

const run = (env: object) => {
  const child = spawn('node', ['build.mjs'], {
    cwd: path.resolve('examples/fetch'),
    env: { PATH: process.env.PATH, STRAPI_URL: demo.base, OUT: out, ...env },
  });
  children.push(child);
  return child;
};
const ended = (child: ChildProcess) =>
  new Promise<{ code: number | null; output: string }>((resolve) => {
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('exit', (code) => resolve({ code, output }));
  });
const fileOf = (slug: string) => path.join(out, 'articles', `${slug}.html`);
const page = (slug: string) => fs.readFileSync(fileOf(slug), 'utf8');
const served = async (slug: string) => {
  const response = await fetch(`${demo.base}/api/articles/${slug}/related?fields=title,slug&pagination[limit]=5`); // prettier-ignore
  return ((await response.json()).data as { slug: string }[]).map((one) => one.slug);
};
const linked = (slug: string) => [...page(slug).matchAll(/href="([^"]+)\.html"/g)].map(([, one]) => one); // prettier-ignore

test('fetch: every article has a page with its related articles', async () => {
  const { code, output } = await ended(run({}));
  expect([code, output]).toEqual([0, expect.stringMatching(/^\d+ pages built\n$/)]);
  expect(fs.readdirSync(path.join(out, 'articles')).length).toBe(Number.parseInt(output, 10));
  for (const slug of ['an-evening-on-the-moon', 'waking-a-sourdough-starter']) {
    expect(linked(slug)).toEqual(await served(slug));
    expect(linked(slug).length).toBeGreaterThan(2);
  }
});

test('fetch: what is published shows on pages that nobody touched, once they are notified', async () => {
  const port = await freePort();
  const secret = 'a secret';
  const watcher = run({ WEBHOOK_PORT: String(port), WEBHOOK_SECRET: secret });
  await new Promise<void>((resolve) => watcher.stdout?.on('data', (chunk) => /pages built/.test(String(chunk)) && resolve())); // prettier-ignore
  const { slug, on: old } = await publish(TITLE);
  expect(linked(old)).not.toContain(slug);
  const ids = await Promise.all([old, slug].map(async (one: string) => (await (await fetch(`${demo.base}/api/articles?filters[slug]=${one}&fields=slug`)).json()).data[0].documentId)); // prettier-ignore
  const entries = ids.map((documentId) => ({ documentId, locale: 'en' }));
  // Another language may have the same slug.
  const removed = [
    { slug: 'counting-the-perseids', locale: 'en' },
    { slug: 'waking-a-sourdough-starter', locale: 'de' },
  ];
  const tell = (authorization: string) =>
    fetch(`http://127.0.0.1:${port}`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify({ event: 'related.changed', entries, removed, isPartial: false }),
    });
  expect(fs.existsSync(fileOf('counting-the-perseids'))).toBe(true);
  expect((await tell('Bearer wrong')).status).toBe(401);
  expect((await tell(`Bearer ${secret}`)).status).toBe(202);
  await until('the pages are built', async () => linked(old).includes(slug) && fs.existsSync(fileOf(slug))); // prettier-ignore
  expect(linked(old)).toEqual(await served(old));
  expect(page(slug)).toContain('<h1>Moonlight &amp; &lt;telescopes&gt; on the balcony</h1>');
  expect(fs.existsSync(fileOf('counting-the-perseids'))).toBe(false);
  expect(fs.existsSync(fileOf('waking-a-sourdough-starter'))).toBe(true);
});

test('fetch: a busy Strapi is asked again after as long as it says', async () => {
  let asked = 0;
  const busy = createServer(async (request, response) => {
    asked += 1;
    if (asked === 1) return response.writeHead(503, { 'retry-after': '2' }).end();
    const answer = await fetch(`${demo.base}${request.url}`);
    response.writeHead(answer.status).end(await answer.text());
  });
  const port = await freePort();
  busy.listen(port);
  try {
    const started = performance.now();
    const { code, output } = await ended(run({ STRAPI_URL: `http://127.0.0.1:${port}` }));
    expect([code, output]).toEqual([0, expect.stringMatching(/^\d+ pages built\n$/)]);
    expect(performance.now() - started).toBeGreaterThan(1990);
  } finally {
    busy.close();
  }
});

test('fetch: a build that has failed is made up for with the next notification', async () => {
  const [port, away] = [await freePort(), await freePort()];
  const folder = path.join(out, 'late');
  const strapi = { STRAPI_URL: `http://127.0.0.1:${away}`, OUT: folder };
  const watcher = run({ ...strapi, WEBHOOK_PORT: String(port), WEBHOOK_SECRET: 'a secret' });
  await new Promise<void>((resolve) => watcher.stderr?.on('data', (chunk) => /cannot be reached/.test(String(chunk)) && resolve())); // prettier-ignore
  const there = createServer(async (request, response) => {
    const answer = await fetch(`${demo.base}${request.url}`);
    response.writeHead(answer.status).end(await answer.text());
  }).listen(away);
  try {
    await fetch(`http://127.0.0.1:${port}`, {
      method: 'POST',
      headers: { authorization: 'Bearer a secret' },
      body: JSON.stringify({ event: 'related.changed', entries: [], removed: [], isPartial: false }), // prettier-ignore
    });
    await until('all pages are built', async () =>
      fs.existsSync(path.join(folder, 'articles', 'waking-a-sourdough-starter.html')),
    );
  } finally {
    there.close();
  }
});

test('fetch: without Strapi it says so, and fails', async () => {
  const { code, output } = await ended(run({ STRAPI_URL: 'http://127.0.0.1:9' }));
  expect([code, output]).toEqual([
    1,
    expect.stringMatching(/^Strapi cannot be reached at http:\/\/127.0.0.1:9: /),
  ]);
});

const INSTALLING_MS = 300_000;

test(
  'Astro: a static build, and another one after a publication',
  async () => {
    const folder = await copied('astro');
    const pageAt = (slug: string) => fs.readFileSync(path.join(folder, 'dist/articles', slug, 'index.html'), 'utf8'); // prettier-ignore
    await command(folder, 'npm', ['run', 'build']);
    const on = 'an-evening-on-the-moon';
    const before = articlesIn(pageAt(on));
    expect(before).toEqual(await served(on));
    expect(before.length).toBeGreaterThan(2);
    const { slug } = await publish('Eclipse of the moon over the telescope');
    await command(folder, 'npm', ['run', 'build']);
    expect(articlesIn(pageAt(on))).toEqual(await served(on));
    expect(articlesIn(pageAt(on))).toContain(slug);
    expect(articlesIn(pageAt(slug))).toEqual(await served(slug));
  },
  INSTALLING_MS,
);

test(
  'Next.js: a static build, whose pages are made again once they are notified',
  async () => {
    const folder = await copied('next');
    // As an earlier build would have left it.
    const old = path.join(folder, '.next/cache/fetch-cache/old');
    fs.mkdirSync(old, { recursive: true });
    await command(folder, 'npm', ['run', 'build']);
    expect(fs.existsSync(old)).toBe(false);
    const port = await freePort();
    const secret = 'another secret';
    const env = { ...environment(), WEBHOOK_SECRET: secret, NODE_ENV: 'production' as const };
    const site = spawn('npx', ['next', 'start', '-p', String(port)], { cwd: folder, env, detached: true }); // prettier-ignore
    try {
      const base = `http://127.0.0.1:${port}`;
      const pageAt = async (slug: string) => articlesIn(await (await fetch(`${base}/articles/${slug}`)).text()); // prettier-ignore
      for (let tries = 0; tries < 100; tries += 1) {
        if (await fetch(base).catch(() => null)) break;
        await setTimeout(100);
      }
      const on = 'an-evening-on-the-moon';
      expect(await pageAt(on)).toEqual(await served(on));
      const { slug } = await publish('Craters of the moon through binoculars');
      expect(await pageAt(on)).not.toContain(slug);
      const tell = (authorization: string, removed: object[] = []) =>
        fetch(`${base}/api/revalidate`, {
          method: 'POST',
          headers: { authorization },
          body: JSON.stringify({ event: 'related.changed', entries: [{ slug: on }, { slug }], removed, isPartial: false }), // prettier-ignore
        });
      expect((await tell('Bearer wrong')).status).toBe(401);
      expect((await tell(`Bearer ${secret}`)).status).toBe(200);
      expect(await pageAt(on)).toEqual(await served(on));
      expect(await pageAt(on)).toContain(slug);
      expect(await pageAt(slug)).toEqual(await served(slug));
      await unpublish(slug);
      expect((await fetch(`${base}/articles/${slug}`)).status).toBe(200);
      expect((await tell(`Bearer ${secret}`, [{ slug }])).status).toBe(200);
      expect((await fetch(`${base}/articles/${slug}`)).status).toBe(404);
    } finally {
      if (site.pid) process.kill(-site.pid);
    }
  },
  INSTALLING_MS,
);
