import fs from 'node:fs';
import path from 'node:path';

import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/* Routes that a project puts in front of those of a type: they give titles only, and belong to no API. */

const STORY = uidOf('story');
const FIND = `async (ctx) => {
  const all = await strapi.documents('${STORY}').findMany({ status: 'published' });
  ctx.body = { data: all.map(({ documentId, title }) => ({ documentId, title })), meta: {} };
}`;
const FIND_ONE = `async (ctx) => {
  const { documentId, title } = await strapi.documents('${STORY}').findOne({ documentId: ctx.params.id, status: 'published' });
  ctx.body = { data: { documentId, title }, meta: {} };
}`;
const routesAt = (prefix: string) => `[
  { method: 'GET', path: '${prefix}/storys', handler: ${FIND} },
  { method: 'GET', path: '${prefix}/storys/:id', handler: ${FIND_ONE} },
].map((route) => ({ ...route, config: { auth: false }, info: { type: 'content-api' } }))`;

test.each([
  ['strapi.server.api', `strapi.server.api('content-api').routes(${routesAt('')})`],
  ['strapi.server.routes', `strapi.server.routes(${routesAt('/api')})`],
])('lists contain nothing that routes of %s leave out', async (_name, code) => {
  const site: Running = await startSite((config, appDir) => {
    writeType(appDir, { name: 'story', attributes: {} });
    config.contentTypes = { [STORY]: { title: 'title', text: { body: 1 } } };
    const index = `module.exports = { register({ strapi }) { ${code}; }, bootstrap() {} };`;
    fs.writeFileSync(path.join(appDir, 'src/index.js'), index);
  });
  try {
    const ids: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      const body = `${BREAD[0]} zeppelin${at} ${BREAD[1]}`;
      ids.push(await publishIn(site.strapi, 'story', { title: `En ${at}`, body }));
    }
    await grantPublic(site.strapi, [RELATED_FIND, `${STORY}.find`, `${STORY}.findOne`]);
    await site.settled();
    const plain = await site.http.get(`/api/storys/${ids[0]}`);
    expect([plain.status, plain.body.data]).toEqual([200, { documentId: ids[0], title: 'En 0' }]);
    const { status, text } = await site.http.get(`/api/storys/${ids[0]}/related?minScore=0`);
    expect([status, text.includes('zeppelin')]).toEqual([403, false]);
  } finally {
    await site.stop();
  }
});
