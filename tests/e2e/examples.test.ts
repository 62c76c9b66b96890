import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { freePort } from '../helpers/databases';
import { accountIn, Demo } from '../helpers/demo';

/* Each example does against a running demo what its README says. */

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
const page = (slug: string) => fs.readFileSync(path.join(out, 'articles', `${slug}.html`), 'utf8');
const served = async (slug: string) => {
  const response = await fetch(`${demo.base}/api/articles/${slug}/related?fields=title,slug&pagination[limit]=5`); // prettier-ignore
  return ((await response.json()).data as { slug: string }[]).map((one) => one.slug);
};
const linked = (slug: string) => [...page(slug).matchAll(/href="([^"]+)\.html"/g)].map(([, one]) => one); // prettier-ignore

test('fetch: every article has a page with what is related to it', async () => {
  const { code, output } = await ended(run({}));
  expect([code, output]).toEqual([0, expect.stringMatching(/^\d+ pages built\n$/)]);
  expect(fs.readdirSync(path.join(out, 'articles')).length).toBe(Number.parseInt(output, 10));
  for (const slug of ['an-evening-on-the-moon', 'waking-a-sourdough-starter']) {
    expect(linked(slug)).toEqual(await served(slug));
    expect(linked(slug).length).toBeGreaterThan(2);
  }
});

test('fetch: what is published shows on pages that nobody touched, once they are told', async () => {
  const port = await freePort();
  const secret = 'a secret';
  const watcher = run({ WEBHOOK_PORT: String(port), WEBHOOK_SECRET: secret });
  await new Promise<void>((resolve) => watcher.stdout?.on('data', (chunk) => /Listening/.test(String(chunk)) && resolve())); // prettier-ignore
  const { data } = await admin('POST', `content-manager/collection-types/${ARTICLE}?locale=en`, { title: TITLE, excerpt: MOON, body: `${MOON} ${MOON}` }); // prettier-ignore
  await admin('POST', `content-manager/collection-types/${ARTICLE}/${data.documentId}/actions/publish?locale=en`, { title: TITLE }); // prettier-ignore
  const { slug } = (await (await fetch(`${demo.base}/api/articles/${data.documentId}?fields=slug`)).json()).data; // prettier-ignore
  const old = 'an-evening-on-the-moon';
  for (let tries = 0; !(await served(old)).includes(slug) && tries < 100; tries += 1) await setTimeout(100); // prettier-ignore
  expect(linked(old)).not.toContain(slug);
  const ids = await Promise.all([old, slug].map(async (one: string) => (await (await fetch(`${demo.base}/api/articles?filters[slug]=${one}&fields=slug`)).json()).data[0].documentId)); // prettier-ignore
  const tell = (authorization: string) =>
    fetch(`http://127.0.0.1:${port}`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify({ event: 'related.changed', entries: ids.map((documentId) => ({ documentId })), isPartial: false }), // prettier-ignore
    });
  expect((await tell('Bearer wrong')).status).toBe(401);
  expect((await tell(`Bearer ${secret}`)).status).toBe(204);
  expect(linked(old)).toEqual(await served(old));
  expect(linked(old)).toContain(slug);
  expect(page(slug)).toContain('<h1>Moonlight &amp; &lt;telescopes&gt; on the balcony</h1>');
});

test('fetch: without Strapi it says so, and fails', async () => {
  const { code, output } = await ended(run({ STRAPI_URL: 'http://127.0.0.1:9' }));
  expect([code, output]).toEqual([1, expect.stringMatching(/fetch failed/)]);
});
