import path from 'node:path';
import { createStrapi, type Core } from '@strapi/strapi';

import { appOf } from 'plugin/app';
import type { RelatedType } from 'plugin/config/resolve';
import { SETTING } from 'plugin/settings/setting';
import { differences, listsHere, rebuilt } from '../tests/helpers/in-step';
import { ALL_READS, grantPublic } from '../tests/helpers/strapi';
import { afresh } from '../tests/helpers/fresh-answers';
import { decide, random, subjectText, text, Writes } from './writes';
import { WritesAround } from './writes-around';

/*
 * A Strapi in a process of its own, told over IPC what to do: `{ id, call, argument }` in, `{ id, result }` or
 * `{ id, error }` out. Needs the build in `dist` and runs in the project's folder.
 */

const ARTICLE = 'api::article.article';
const CONNECTED = process.send?.bind(process) as (message: object) => void;

let around: WritesAround | null = null;
let letGo: (() => void) | null = null;
const FIGURES_MS = 30_000;

const TRIES = 20;
const WAIT_MS = 100;

/** Tries again if SQLite refuses to write because another process is writing: it gives up instead of waiting. */
async function unlessLocked<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      if (!/database is locked/.test((error as Error).message) || tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  }
}

const calls: Record<string, (strapi: Core.Strapi, argument: never) => Promise<unknown>> = {
  idle: (strapi) => appOf(strapi).index.idle(),
  save: (strapi) => appOf(strapi).index.save(),
  async health(strapi) {
    return appOf(strapi).index.health();
  },
  /** Whether it keeps the index that all share. */
  async keeps(strapi) {
    const { index } = appOf(strapi);
    return 'isKeeper' in index && index.isKeeper;
  },
  check: (strapi, kind: 'quick' | 'deep') => appOf(strapi).index.check(kind),
  /** Returns what differs from a new index, once all known changes are in. */
  async differences(strapi, limit?: number) {
    await appOf(strapi).index.idle();
    return differences(strapi, limit);
  },
  /** The same without waiting. */
  differencesNow: (strapi) => differences(strapi),
  /** Returns how many lists each article is in, according to the overview, and when that was found out. */
  async figures(strapi) {
    const { surveys, types } = appOf(strapi);
    const type = types.get(ARTICLE);
    const end = performance.now() + FIGURES_MS;
    while (type && performance.now() < end) {
      const { survey, progress } = surveys.of(type, 'en', new Set());
      if (survey && progress === null) {
        const appearsOn: Record<string, number> = {};
        for (const id of [...survey.lists.keys()].sort()) appearsOn[id] = 0;
        for (const { documentIds } of survey.lists.values()) {
          for (const id of documentIds) appearsOn[id] = (appearsOn[id] ?? 0) + 1;
        }
        return { appearsOn, madeAt: survey.madeAt };
      }
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
    throw new Error('There are no figures.');
  },
  /** The lists of all articles in English, as visitors get them. */
  async shown(strapi) {
    await unlessLocked(() => grantPublic(strapi, ALL_READS));
    const lists: [string, string[]][] = [];
    for (const id of await appOf(strapi).engine.documentIds({ type: ARTICLE, locale: 'en' })) {
      const url = `http://127.0.0.1:${process.env.PORT}/api/articles/${id}/related?fields=documentId`;
      const { data } = (await (await fetch(url)).json()) as { data: { documentId: string }[] };
      lists.push([id, data.map(({ documentId }) => documentId)]);
    }
    return lists;
  },
  async lists(strapi) {
    return listsHere(strapi);
  },
  async count(strapi) {
    return (await (await rebuilt(strapi)).stats()).documents;
  },
  async write(strapi, { seed, count }: { seed: number; count: number }) {
    const writes = new Writes(strapi, seed);
    for (let i = 0; i < count; i += 1) {
      await writes.one();
      if (writes.done % 10 === 0) CONNECTED({ progress: writes.done });
    }
    return writes.done;
  },
  /** Makes one more write of something that answers depend on. */
  async writeAround(strapi, seed: number) {
    around ??= new WritesAround(strapi, seed);
    await around.one();
  },
  /** Returns the status and tag of a newly made answer, once the index is up to date. */
  async askAfresh(strapi, place: string) {
    await appOf(strapi).index.idle();
    const url = `http://127.0.0.1:${process.env.PORT}${place}`;
    const { status, headers } = await afresh(strapi, () => fetch(url));
    return { status, tag: headers.get('etag') };
  },
  /** Sends the event related.changed to an address. */
  async sendChanged(strapi, url: string) {
    const webhook = { id: 'test', name: 'Test', url, headers: {}, events: ['related.changed'], isEnabled: true }; // prettier-ignore
    strapi.get('webhookRunner').add(webhook as never);
  },
  async publish(strapi, data: object) {
    const document = await unlessLocked(() =>
      strapi.documents(ARTICLE).create({ data, status: 'published' } as never),
    );
    return document.documentId;
  },
  /** Pins the second document to the first one's list. */
  async pin(strapi, [documentId, pin]: [string, string]) {
    await decide(strapi, documentId, ({ pins, ...rest }) => ({
      ...rest,
      pins: [...pins, { uid: ARTICLE, documentId: pin }],
    }));
  },
  /** Saves how long the site's lists are. */
  async setLimit(strapi, limit: number) {
    const { siteSettings, types } = appOf(strapi);
    const type = types.get(ARTICLE) as RelatedType;
    const { revision: seen } = await strapi.db.query(SETTING.uid as never).findOne({ where: { targetType: ARTICLE } }) ?? { revision: 0 }; // prettier-ignore
    await unlessLocked(() => siteSettings.save(type, { limit }, { seen, editor: 'A test' }));
  },
  limit: async (strapi) => appOf(strapi).options.of(ARTICLE).limit,
  /** Returns what comes first in a document's list. */
  async first(strapi, documentId: string) {
    return (await listsHere(strapi))[`${ARTICLE} en ${documentId}`]?.[0]?.documentId;
  },
  unpublish: (strapi, documentId: string) =>
    unlessLocked(() => strapi.documents(ARTICLE).unpublish({ documentId })),
  /** Publishes in a transaction that stays open for `ms`, or until it is let go. */
  async hold(strapi, { data, ms, others }: { data: object; ms: number; others: number }) {
    const write = async () => {
      const tags = strapi.documents('api::tag.tag');
      for (let at = 0; at < others; at += 1)
        await tags.create({ data: { name: `Held ${at}` } } as never);
      const { documentId } = await strapi
        .documents(ARTICLE)
        .create({ data, status: 'published' } as never);
      CONNECTED({ held: documentId });
      await new Promise<void>((resolve) => {
        letGo = resolve;
        setTimeout(resolve, ms);
      });
      return documentId;
    };
    return unlessLocked(() => strapi.db.transaction(write));
  },
  async letGo() {
    letGo?.();
  },
  /** Whether a document is in the index. */
  async has(strapi, documentId: string) {
    const { engine } = appOf(strapi);
    return [...(await engine.documentIds({ type: ARTICLE, locale: 'en' }))].includes(documentId);
  },
  async sql(strapi, statement: string) {
    await strapi.db.connection.raw(statement);
  },
  async logRows(strapi) {
    const [{ count }] = await strapi.db
      .connection('related_articles_changes')
      .count({ count: '*' });
    return Number(count);
  },
  async trim(strapi) {
    await appOf(strapi).index.trim();
  },
  async grant(strapi) {
    await unlessLocked(() => grantPublic(strapi, ALL_READS));
  },
  /** Writes generated articles, bypassing Strapi, which would take minutes for ten thousand. */
  async fill(
    strapi,
    { count, seed, hasSubjects }: { count: number; seed: number; hasSubjects?: boolean },
  ) {
    const next = random(seed);
    const write = hasSubjects ? subjectText : text;
    const published = new Date();
    for (let start = 0; start < count; start += 50) {
      const rows = Array.from({ length: Math.min(50, count - start) }, (_, i) => ({
        document_id: `article${start + i}`,
        title: write(next, 5),
        slug: `article-${start + i}`,
        body: write(next, 150),
        locale: 'en',
        created_at: published,
        updated_at: published,
        published_at: published,
      }));
      // A published document also has a draft.
      const drafts = rows.map((row) => ({ ...row, published_at: null }));
      await strapi.db.connection('articles').insert(drafts);
      await strapi.db.connection('articles').insert(rows);
    }
    await appOf(strapi).index.reindex();
    await appOf(strapi).index.idle();
  },
  async edit(
    strapi,
    { documentId, seed, hasSubjects }: { documentId: string; seed: number; hasSubjects?: boolean },
  ) {
    const write = hasSubjects ? subjectText : text;
    await strapi.documents(ARTICLE).update({
      documentId,
      data: { body: write(random(seed), 150) },
      status: 'published',
    } as never);
  },
  /** Reads everything again; returns how long that took, in milliseconds. */
  async reindex(strapi) {
    const started = performance.now();
    await appOf(strapi).index.reindex();
    await appOf(strapi).index.idle();
    return performance.now() - started;
  },
  /** Returns the CPU time that it has taken so far, in milliseconds. */
  async cpu() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  async memory() {
    global.gc?.();
    return process.memoryUsage().rss;
  },
  async stop(strapi) {
    await strapi.destroy();
  },
};

async function main(): Promise<void> {
  const appDir = process.cwd();
  const strapi = createStrapi({ appDir, distDir: path.join(appDir, 'dist') });
  strapi.log.level = process.env.INSTANCE_LOG ?? 'error';
  if (process.env.INSTANCE_LISTENS === 'true') await strapi.start();
  else await strapi.load();
  process.on('message', ({ id, call, argument }: { id: number; call: string; argument: never }) => {
    calls[call](strapi, argument).then(
      (result) => {
        CONNECTED({ id, result });
        if (call === 'stop') process.exit(0);
      },
      (error: Error) => CONNECTED({ id, error: error.stack ?? String(error) }),
    );
  });
  CONNECTED({ ready: true });
}

// The process that started it is gone.
process.on('disconnect', () => process.exit(1));
// Strapi would end if an entry that it has just written is gone: another instance may have deleted it.
process.on('unhandledRejection', (error) => {
  if (!/document-service[\\/]events/.test(String((error as Error | undefined)?.stack))) throw error;
});
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
