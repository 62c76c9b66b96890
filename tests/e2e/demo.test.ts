import fs from 'node:fs';
import path from 'node:path';

import { accountIn, Demo } from '../helpers/demo';

let demo: Demo;
beforeAll(async () => {
  demo = await Demo.create();
});
afterAll(() => demo.remove());

interface Answer {
  data: { title: string; category?: { name: string }; related?: unknown[] }[];
  meta: { related: { score: number; explanation?: { terms: string[] } }[] };
}

async function follow(curl: string): Promise<Answer> {
  const url = /'(http[^']+)'/.exec(curl)?.[1] as string;
  const sent = / -d '([^']+)'/.exec(curl)?.[1];
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, sent ? { method: 'POST', headers, body: sent } : {});
  const body = await response.json();
  expect({ curl, status: response.status, error: body.error }).toMatchObject({ status: 200 });
  return body;
}

async function login(email: string, password: string): Promise<number> {
  const response = await fetch(`${demo.base}/admin/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  return response.status;
}

test('npm run demo opens a magazine whose printed lines work, and again loses nothing', async () => {
  const first = await demo.start();
  const curls = first.split('\n').filter((line) => line.includes("curl -gs '"));
  expect(curls).toHaveLength(6);
  const english = await follow(curls[0]);
  expect(english.data.map(({ title }) => title)).toEqual(
    expect.arrayContaining(['Watching a lunar eclipse from the balcony']),
  );
  expect(english.meta.related[0].explanation?.terms).toEqual(expect.arrayContaining(['moon']));
  const german = await follow(curls[1]);
  expect(german.data[0]).toMatchObject({
    title: 'Ein Landbrot für jeden Tag',
    category: { name: 'Küche' },
  });

  const [page, several, never, text] = await Promise.all(curls.slice(2).map(follow));
  expect(page.data.map(({ related }) => related?.length)).toEqual([3, 3, 3, 3, 3]);
  expect(several.data.map(({ related }) => (related?.length ?? 0) > 2)).toEqual([true, true]);
  expect(never.data).toHaveLength(5);
  expect(text.data[0].title).toBe('An evening on the Moon');

  const [, url, tag] = /curl -gsi '(http[^']+)' -H 'if-none-match: ([^']+)'/.exec(first) ?? [];
  expect((await fetch(url, { headers: { 'If-None-Match': tag } })).status).toBe(304);

  // The examples of the documentation.
  const examples = fs.readFileSync(path.resolve(__dirname, '../../docs/rest.md'), 'utf8');
  const lines = examples.split('\n').filter((line) => line.startsWith('curl '));
  expect(lines.length).toBeGreaterThan(9);
  for (const line of lines) {
    const { data } = await follow(line.replace('http://localhost:1337', demo.base));
    if (Array.isArray(data)) expect({ line, isEmpty: data.length === 0 }).toMatchObject({ isEmpty: false }); // prettier-ignore
  }

  const { email, password } = accountIn(first);
  expect(await login(email, password)).toBe(200);
  expect((await fetch(`${demo.base}/admin`)).status).toBe(200);
  const drafts = await fetch(`${demo.base}/api/articles?status=draft`);
  expect(drafts.status).toBe(403);

  await demo.stop();
  const again = await demo.start();
  expect(again).not.toMatch(/Installing|Building|writing 54 articles/);
  expect(again).toMatch(/password: the one you know/);
  expect(await follow(curls[0])).toEqual(english);
  expect(await login(email, password)).toBe(200);
});
