import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

let folder: string;
let port: number;
let demo: ChildProcess | null = null;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-demo-'));
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  port = (probe.address() as AddressInfo).port;
  await new Promise((resolve) => probe.close(resolve));
});
afterAll(async () => {
  await stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Runs `npm run demo` on a database of its own until it says that it is open; gives what it printed. */
async function start(): Promise<string> {
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    PORT: String(port),
    DATABASE_FILENAME: path.relative(root, path.join(folder, 'demo.db')),
    STRAPI_TELEMETRY_DISABLED: 'true',
  };
  const child = spawn('npm', ['run', 'demo'], { cwd: root, env, detached: true });
  demo = child;
  let output = '';
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      if (/Ctrl-C stops it/.test(output)) resolve(output);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => reject(new Error(`The demo ended with ${code}:\n${output}`)));
  });
}

async function stop(): Promise<void> {
  if (!demo?.pid) return;
  demo.removeAllListeners('exit');
  const ended = once(demo, 'exit');
  process.kill(-demo.pid, 'SIGTERM');
  await ended;
  demo = null;
}

interface Answer {
  data: { title: string; category?: { name: string } }[];
  meta: { related: { score: number; explanation?: { terms: string[] } }[] };
}

async function follow(curl: string): Promise<Answer> {
  const url = /'(http[^']+)'/.exec(curl)?.[1];
  const response = await fetch(url as string);
  expect(response.status).toBe(200);
  return response.json();
}

async function login(email: string, password: string): Promise<number> {
  const response = await fetch(`http://localhost:${port}/admin/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  return response.status;
}

test('npm run demo opens a magazine whose printed lines work, and again loses nothing', async () => {
  const first = await start();
  const curls = first.split('\n').filter((line) => line.includes('curl -gs'));
  expect(curls).toHaveLength(2);
  const english = await follow(curls[0]);
  expect(english.data.map(({ title }) => title)).toEqual(
    expect.arrayContaining(['An everyday country loaf']),
  );
  expect(english.meta.related[0].explanation?.terms).toEqual(expect.arrayContaining(['starter']));
  const german = await follow(curls[1]);
  expect(german.data[0]).toMatchObject({
    title: 'Ein Landbrot für jeden Tag',
    category: { name: 'Küche' },
  });

  const [, email, password] = /email: (\S+)\s+password: (\S+)/.exec(first) ?? [];
  expect(await login(email, password)).toBe(200);
  expect((await fetch(`http://localhost:${port}/admin`)).status).toBe(200);
  const drafts = await fetch(`http://localhost:${port}/api/articles?status=draft`);
  expect(drafts.status).toBe(403);

  await stop();
  const again = await start();
  expect(again).not.toMatch(/Installing|Building|writing 52 articles/);
  expect(again).toMatch(/password: the one you know/);
  expect(await follow(curls[0])).toEqual(english);
  expect(await login(email, password)).toBe(200);
});
