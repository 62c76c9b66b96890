import { execFile } from 'node:child_process';
import { hkdfSync } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { appOf } from 'plugin/app';
import type { SnapshotEngine } from 'plugin/engine/engine';
import { encode, HEADER } from 'plugin/indexing/snapshot/frames';
import { SnapshotFile } from 'plugin/indexing/snapshot/snapshot-file';

import { requireOutside } from '../environment/outside';
import { KEEP_BUILD } from '../helpers/command';
import { differences, listsHere } from '../helpers/in-step';
import { ALL_READS, grantPublic, startStrapi, testEnvironment, type Running } from '../helpers/strapi'; // prettier-ignore
import { BREAD, MOON } from '../helpers/texts';
import { until } from '../../soak/processes';

const ARTICLE = 'api::article.article';
const root = process.cwd();
const run = promisify(execFile);
/** What the plugin derives from the test's app keys. */
const testKey = () =>
  Buffer.from(hkdfSync('sha256', 'test-1\ntest-2', '', 'related-articles snapshot', 32));

let folder: string;
let running: Running | null = null;
let warnings: string[] = [];

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-snapshot-'));
  await start();
  for (const [i, body] of [...BREAD, ...MOON].entries()) await publish(`Article ${i}`, body);
  await stop();
});
afterEach(async () => {
  await stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const snapshot = (of = folder) => path.join(of, 'index/index.snapshot');
const database = (of = folder) => path.join(of, 'test.db');
const strapi = () => (running as Running).strapi;

async function start(env: Record<string, string> = {}, of = folder): Promise<void> {
  warnings = [];
  running = await startStrapi(of, env, ({ log }) => {
    log.level = 'warn';
    for (const transport of log.transports) transport.silent = true;
    log.on('data', ({ message }: { message: string }) => {
      if (/related-articles: .*(not used|cannot)/.test(message)) warnings.push(message);
    });
  });
  await running.settled();
}

async function stop(): Promise<void> {
  // Nothing is saved while work is in progress.
  await running?.settled();
  await running?.strapi.destroy();
  running = null;
}

async function publish(title: string, body: string): Promise<string> {
  const { documentId } = await strapi()
    .documents(ARTICLE)
    .create({ data: { title, body }, status: 'published' });
  return documentId;
}

async function command(name: string, ...args: string[]): Promise<void> {
  await run(path.join(root, 'node_modules/.bin', name), args, {
    cwd: root,
    env: {
      ...process.env,
      ...testEnvironment(folder),
      ...KEEP_BUILD,
      NODE_ENV: 'production',
      RELATED_ARTICLES_DIRECTORY: path.join(folder, 'index-of-commands'),
    },
  });
}

/** The next start must read everything, say why once, and save it; the one after that must use what was saved. */
async function expectRefused(why: RegExp): Promise<void> {
  await start();
  expect(appOf(strapi()).index.health().from).toBe('database');
  expect(warnings.filter((warning) => warning.includes('is not used'))).toEqual([
    expect.stringMatching(why),
  ]);
  expect(await differences(strapi())).toEqual([]);
  await stop();
  await start();
  expect(appOf(strapi()).index.health().from).toBe('snapshot');
  expect(warnings).toEqual([]);
  expect(await differences(strapi())).toEqual([]);
}

test('a start brings back what was saved: the same lists, in a file that only its owner can read', async () => {
  await start();
  const lists = await listsHere(strapi());
  expect(Object.keys(lists)).toHaveLength(BREAD.length + MOON.length);
  expect(appOf(strapi()).index.health().from).toBe('snapshot');
  expect(warnings).toEqual([]);
  expect(await differences(strapi())).toEqual([]);
  expect(fs.statSync(snapshot()).mode & 0o777).toBe(0o600);
  // The first check looks at everything, the next only at what is new.
  const { index } = appOf(strapi());
  await until('it was checked', async () => index.health().lastCheck !== null);
  expect(await index.check('quick')).toMatchObject({ compared: 0, differences: 0 });
});

test('what is written while the saved index is still being read is in the lists', async () => {
  const { open } = fs.promises;
  let goOn: () => void = () => undefined;
  const written = new Promise<void>((resolve) => (goOn = resolve));
  const spy = jest.spyOn(fs.promises, 'open').mockImplementation(async (place, ...args) => {
    if (place === snapshot()) await written;
    return open(place, ...args);
  });
  running = await startStrapi(folder);
  const added: string[] = [];
  for (let at = 0; at < 5; at += 1) {
    added.push(await publish(`At the start ${at}`, BREAD[at % BREAD.length]));
    // Long enough for the change to be applied, if anything applied it.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  goOn();
  await running.settled();
  expect(spy.mock.calls.map(([place]) => place)).toContain(snapshot());
  spy.mockRestore();
  const { index, engine } = appOf(strapi());
  expect(index.health().from).toBe('snapshot');
  const ids = [...(await engine.documentIds({ type: ARTICLE, locale: 'en' }))];
  expect(ids).toEqual(expect.arrayContaining(added));
  expect(await differences(strapi())).toEqual([]);
});

test('what other processes wrote meanwhile is read from the log', async () => {
  const file = path.join(folder, 'articles.jsonl');
  const line = { slug: 'meanwhile', title: 'Meanwhile', body: BREAD[0], publishedAt: '2026-01-01' };
  fs.writeFileSync(file, `${JSON.stringify(line)}\n`);
  await command('related-articles', 'import', '--publish', '--file', file);
  await start();
  expect(appOf(strapi()).index.health().from).toBe('snapshot');
  expect(await differences(strapi())).toEqual([]);
  expect(Object.keys(await listsHere(strapi()))).toHaveLength(BREAD.length + MOON.length + 1);
});

test('strapi import while stopped ends in the right index', async () => {
  const file = path.join(folder, 'export');
  await command('strapi', 'export', '--no-encrypt', '--no-compress', '--file', file);
  await start();
  await publish('Gone with the import', BREAD[1]);
  await stop();
  await command('strapi', 'import', '--force', '--file', `${file}.tar`);
  await start();
  await appOf(strapi()).index.check('quick');
  expect(await differences(strapi())).toEqual([]);
});

test('a file that is cut short', async () => {
  fs.truncateSync(snapshot(), fs.statSync(snapshot()).size - 10);
  await expectRefused(/it is damaged: .*cut short/);
});

test('a file with one bit flipped, wherever it is', async () => {
  const whole = fs.readFileSync(snapshot());
  for (const share of [0, 0.001, 0.3, 0.6, 0.9999]) {
    const flipped = Buffer.from(whole);
    flipped[Math.floor(share * (whole.length - 1))] ^= 4;
    fs.writeFileSync(snapshot(), flipped);
    await start();
    expect(appOf(strapi()).index.health().from).toBe('database');
    expect(warnings).toEqual([expect.stringMatching(/is not used/)]);
    expect(await differences(strapi())).toEqual([]);
    await stop();
  }
});

test('ready means in step, even with what SQL wrote while nothing ran', async () => {
  const file = new Database(database());
  const columns = (file.prepare('pragma table_info(articles)').all() as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => !['id', 'document_id', 'title'].includes(name))
    .join(', ');
  for (let i = 0; i < 400; i += 1) {
    file.exec(
      `insert into articles (document_id, title, ${columns}) select 'sql${i}', 'By SQL ${i}', ${columns} from articles where published_at is not null limit 1`,
    );
  }
  file.close();
  running = await startStrapi(folder);
  await grantPublic(strapi(), ALL_READS);
  const probe = () => running?.http.get('/api/related-articles/health?ready');
  const early = await probe();
  expect(early?.body.data.ready).toBe(early?.status === 200);
  while (!appOf(strapi()).index.progress().ready) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { engine } = appOf(strapi());
  expect(await engine.documentIds({ type: ARTICLE, locale: 'en' })).toContain('sql399');
  expect(await differences(strapi())).toEqual([]);
  expect((await probe())?.status).toBe(200);
});

test('while it is not ready, the health route says so to probes, and lists in their meta', async () => {
  running = await startStrapi(folder);
  await grantPublic(strapi(), ALL_READS);
  const { index } = appOf(strapi());
  const { progress } = index;
  index.progress = () => ({ ...progress.call(index), ready: false });
  expect((await running.http.get('/api/related-articles/health?ready')).status).toBe(503);
  const plain = await running.http.get('/api/related-articles/health');
  expect(plain.status).toBe(200);
  expect(plain.body).toEqual({ data: { ready: false } });
  const [{ documentId }] = await strapi().documents(ARTICLE).findMany({ limit: 1 });
  const { body } = await running.http.get(`/api/articles/${documentId}/related`);
  // Not the number: code of the project may hide some.
  expect(body.meta.index).toEqual({ ready: false, percent: expect.any(Number) });
});

test('a file of another version', async () => {
  const file = fs.readFileSync(snapshot());
  const length = 24 + file.readUInt32LE(4);
  const jsonLength = file.readUInt32LE(24);
  const { text } = JSON.parse(file.toString('utf8', 28, 28 + jsonLength));
  const header = encode(testKey(), 0, { kind: HEADER, text: { ...text, version: '0.0.1' } });
  fs.writeFileSync(snapshot(), Buffer.concat([...header, file.subarray(length)]));
  await expectRefused(/written by version 0\.0\.1/);
});

test('a file that somebody changed and signed again without the key', async () => {
  const file = fs.readFileSync(snapshot());
  const length = 24 + file.readUInt32LE(4);
  const jsonLength = file.readUInt32LE(24);
  const { text } = JSON.parse(file.toString('utf8', 28, 28 + jsonLength));
  const header = encode(Buffer.alloc(32), 0, { kind: HEADER, text });
  fs.writeFileSync(snapshot(), Buffer.concat([...header, file.subarray(length)]));
  await expectRefused(/it was changed, or written with other app keys/);
});

test('a file whose parts were put into another order', async () => {
  const file = fs.readFileSync(snapshot());
  const ends = [0];
  while (ends[ends.length - 1] < file.length) {
    const at = ends[ends.length - 1];
    ends.push(at + 24 + file.readUInt32LE(at + 4));
  }
  const frames = ends.slice(1).map((end, i) => file.subarray(ends[i], end));
  expect(frames.length).toBeGreaterThan(2);
  const [header, batch, ...rest] = frames;
  fs.writeFileSync(snapshot(), Buffer.concat([header, batch, batch, ...rest]));
  await expectRefused(/it was changed, or written with other app keys/);
});

test('a file of another database', async () => {
  const other = fs.mkdtempSync(path.join(os.tmpdir(), 'related-other-'));
  await start({}, other);
  await publish('Elsewhere', MOON[0]);
  await stop();
  fs.copyFileSync(snapshot(other), snapshot());
  fs.rmSync(other, { recursive: true });
  await expectRefused(/another database/);
});

test('an older dump of the database', async () => {
  const dump = path.join(folder, 'dump.db');
  fs.copyFileSync(database(), dump);
  await start();
  await publish('After the dump', BREAD[1]);
  await stop();
  fs.copyFileSync(dump, database());
  await expectRefused(/no longer goes back/);
});

test('a staging copy that has diverged, with a file of production', async () => {
  const staging = fs.mkdtempSync(path.join(os.tmpdir(), 'related-staging-'));
  fs.copyFileSync(database(), database(staging));
  await start();
  await publish('In production', BREAD[1]);
  await stop();
  await start({}, staging);
  await publish('In staging', MOON[0]);
  await stop();
  fs.copyFileSync(snapshot(), snapshot(staging));
  const production = folder;
  folder = staging;
  await expectRefused(/no longer goes back/);
  await stop();
  fs.rmSync(production, { recursive: true });
});

test('a folder that cannot be written to: the service goes on and says so', async () => {
  await start({ RELATED_ARTICLES_DIRECTORY: '/dev/null/index' });
  const { index } = appOf(strapi());
  const told = () => index.health().troubles.map(({ message }) => message);
  await appOf(strapi()).index.save();
  expect(told()).toEqual([expect.stringMatching(/the index cannot be saved/)]);
  const documentId = await publish('Still served', BREAD[1]);
  await running?.settled();
  expect(await differences(strapi())).toEqual([]);
  const ids = [...(await appOf(strapi()).engine.documentIds({ type: ARTICLE, locale: 'en' }))];
  expect(ids).toContain(documentId);
});

test('a disk that is full while the index is saved leaves the old file', async () => {
  const before = fs.readFileSync(snapshot());
  await start();
  await publish('Does not fit', BREAD[1]);
  await running?.settled();
  const engine = appOf(strapi()).engine as SnapshotEngine;
  const pack = engine.pack.bind(engine);
  engine.pack = function* () {
    yield* pack();
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
  await appOf(strapi()).index.save();
  const [{ message }] = appOf(strapi()).index.health().troubles;
  expect(message).toMatch(/cannot be saved: ENOSPC/);
  expect(fs.readFileSync(snapshot()).equals(before)).toBe(true);
  expect(fs.readdirSync(path.dirname(snapshot()))).toEqual(['index.snapshot']);
  engine.pack = pack;
  await appOf(strapi()).index.save();
  expect(appOf(strapi()).index.health().troubles).toEqual([]);
  expect(fs.readFileSync(snapshot()).equals(before)).toBe(false);
});

test('saving leaves room for others, as for the database on the same disk', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-room-'));
  const file = new SnapshotFile(folder, Buffer.alloc(32));
  const batches = () => Array.from({ length: 8 }, () => ({ text: {}, arrays: [new Uint32Array(1_000_000)] })); // prettier-ignore
  const save = () => file.write({}, batches(), () => ({}));
  const rooms = (...free: number[]) => {
    const statfs = jest.spyOn(fs.promises, 'statfs');
    for (const one of free) statfs.mockResolvedValueOnce({ bavail: one, bsize: 1 } as never);
  };
  const folderHas = () => fs.readdirSync(folder);
  try {
    // A first file has no known size: it may take half of the room.
    rooms(20_000_000, 12_000_000, 4_000_000);
    await expect(save()).rejects.toThrow('the disk is almost full: 4 MB are free');
    expect(folderHas()).toEqual([]);
    jest.restoreAllMocks();
    await save();
    expect(file.bytes).toBeGreaterThan(32_000_000);
    const before = fs.statSync(path.join(folder, 'index.snapshot'));
    const opened = jest.spyOn(fs.promises, 'open');
    rooms(60_000_000);
    await expect(save()).rejects.toThrow('60 MB are free, and 65 MB are needed');
    expect(opened).not.toHaveBeenCalled();
    expect(fs.statSync(path.join(folder, 'index.snapshot')).mtimeMs).toBe(before.mtimeMs);
  } finally {
    jest.restoreAllMocks();
    fs.rmSync(folder, { recursive: true });
  }
});

test('a content type that leaves the configuration and comes back is read again', async () => {
  const configuration = requireOutside(path.join(root, 'dist/config/plugins.js'));
  const original = configuration.default;
  const configured = (contentTypes: (present: object) => object) => {
    configuration.default = (context: object) => {
      const plugins = original(context);
      const { config } = plugins['related-articles'];
      config.contentTypes = contentTypes(config.contentTypes);
      return plugins;
    };
  };
  const withCategories = (present: object) => ({
    ...present,
    'api::category.category': { title: 'name' },
  });
  const types = async () =>
    (await appOf(strapi()).engine.collections()).map(({ type }) => type).sort();
  const CATEGORY = 'api::category.category';

  try {
    configured(withCategories);
    await start();
    await strapi()
      .documents(CATEGORY)
      .create({ data: { name: 'Bread' } });
    await running?.settled();
    expect(await types()).toEqual([ARTICLE, CATEGORY]);
    await stop();

    configured((present) => present);
    const writtenAt = () => fs.statSync(snapshot()).mtimeMs;
    const before = writtenAt();
    await start();
    expect(appOf(strapi()).index.health().from).toBe('snapshot');
    expect(await types()).toEqual([ARTICLE]);
    // A start that is killed would leave the file, and writes to categories are not logged now.
    await until('the file is written again', async () => writtenAt() > before, 20_000);
    await strapi()
      .documents(CATEGORY)
      .create({ data: { name: 'Oven' } });
    await stop();

    configured(withCategories);
    await start();
    expect(appOf(strapi()).index.health().from).toBe('both');
    expect(await types()).toEqual([ARTICLE, CATEGORY]);
    const { collections } = await appOf(strapi()).engine.stats();
    expect(collections.find(({ type }) => type === CATEGORY)?.documents).toBe(2);
    expect(await differences(strapi())).toEqual([]);
  } finally {
    configuration.default = original;
  }
});
