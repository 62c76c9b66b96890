import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { appOf } from 'plugin/app';
import type { RelatedChanged } from 'plugin/revalidation/changed-event';

import { until } from '../../soak/processes';
import { runProcess } from '../helpers/command';
import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import type { Running } from '../helpers/strapi';

/* One type cannot be read, because a hook of the project fails: all others go on. Another hook reads few entries. */

const [GOOD, BAD] = [uidOf('good'), uidOf('bad')];
let site: Running;
const ids: string[] = [];
const told: RelatedChanged[] = [];
beforeAll(async () => {
  process.env.RELATED_ARTICLES_CHANGED_EVENT = 'true';
  site = await startSite((config, appDir) => {
    writeType(appDir, {
      name: 'bad',
      attributes: {},
      lifecycles:
        "{ beforeFindMany() { if (strapi.isAway || process.env.IS_AWAY) throw new Error('bad hook'); } }",
    });
    writeType(appDir, {
      name: 'good',
      attributes: {},
      lifecycles:
        '{ beforeFindMany({ params }) { if (strapi.cappedByHook) params.limit = strapi.cappedByHook; } }',
    });
    for (const uid of [GOOD, BAD]) config.contentTypes[uid] = { title: 'title', text: { body: 1 } };
    Object.assign(config, { changedEvent: true });
  });
  const { strapi } = site;
  await publishIn(strapi, 'bad', { title: 'Bad', body: 'alpha' });
  for (let at = 0; at < 5; at += 1) {
    ids.push(
      await publishIn(strapi, 'good', { title: `Good ${at}`, body: `alpha beta word${at}` }),
    );
  }
  strapi.eventHub.on('related.changed', async (event) => void told.push(event as never));
  await site.settled();
  strapi.server.httpServer.listen(0, '127.0.0.1');
  await once(strapi.server.httpServer, 'listening');
  // Lists are learnt in the background.
  await new Promise((resolve) => setTimeout(resolve, 4000));
}, 120_000);
afterAll(async () => {
  await site?.stop();
  delete process.env.RELATED_ARTICLES_CHANGED_EVENT;
});

test('pages of another type are reported', async () => {
  const { strapi } = site;
  const hooked = strapi as { isAway?: boolean };
  hooked.isAway = true;
  const data = { body: 'written' };
  await strapi.db.query(BAD as never).update({ where: { publishedAt: { $notNull: true } }, data } as never); // prettier-ignore
  await until('failed', async () => appOf(strapi).index.health().troubles.length > 0, 15_000);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  told.splice(0);
  await strapi.documents(GOOD as 'api::article.article').unpublish({ documentId: ids[3] });
  const isTold = async () => told.some(({ uid, removed }) => uid === GOOD && removed.some(({ documentId }) => documentId === ids[3])); // prettier-ignore
  await until('told', isTold, 40_000);
  delete hooked.isAway;
  await site.settled();
}, 90_000);

test('all pages are reported, however few entries a hook reads', async () => {
  const { strapi } = site;
  const hooked = strapi as { cappedByHook?: number };
  await new Promise((resolve) => setTimeout(resolve, 3000));
  told.splice(0);
  hooked.cappedByHook = 2;
  const live = ids.filter((_id, at) => at !== 3);
  await strapi.db.transaction(async () => {
    for (const documentId of live) {
      const rewritten = { documentId, data: { body: 'alpha beta gamma' }, status: 'published' };
      await strapi.documents(GOOD as 'api::article.article').update(rewritten as never);
    }
  });
  await until('told', async () => told.length > 0, 10_000);
  delete hooked.cappedByHook;
  const named = (what: 'entries' | 'removed') => told.flatMap((one) => one[what].map(({ documentId }) => documentId)).sort(); // prettier-ignore
  expect(named('removed')).toEqual([]);
  expect(named('entries')).toEqual([...live].sort());
}, 30_000);

describe('status', () => {
  beforeAll(() => {
    // For another process, it is a JavaScript project that is configured in its file.
    fs.rmSync(path.join(site.folder, 'tsconfig.json'));
    const types = [GOOD, BAD].map(
      (uid) => `types['${uid}'] = { title: 'title', text: { body: 1 } };`,
    );
    fs.appendFileSync(
      path.join(site.folder, 'config/plugins.js'),
      `\nconst types = module.exports.default['related-articles'].config.contentTypes;\n${types.join('\n')}`,
    );
  });

  test.each([[[]], [['--deep']]])(
    'with options %j tells what cannot be read, and everything else',
    async (options) => {
      const { code, stdout, stderr } = await runProcess(['status', ...options], { IS_AWAY: 'true' }, site.folder); // prettier-ignore
      expect(stdout).toMatch(new RegExp(`^${BAD}\n  cannot be read: bad hook$`, 'm'));
      expect(stdout).toMatch(new RegExp(`^${GOOD}\n  all +[45] published`, 'm'));
      expect([code, stderr]).toEqual([1, expect.stringContaining(`error: Cannot be read: ${BAD}`)]);
    },
    60_000,
  );
});
