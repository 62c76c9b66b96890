import fs from 'node:fs';
import path from 'node:path';

import { uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

const NAME = 'plain';
let site: Running;
afterEach(() => site?.stop());

test.each(['', '/v1/content'])(
  'lists are served where the content API has the prefix "%s"',
  async (prefix) => {
    site = await startSite((config, appDir) => {
      writeType(appDir, { name: NAME });
      const file = path.join(appDir, `src/api/${NAME}/content-types/${NAME}/schema.json`);
      const schema = JSON.parse(fs.readFileSync(file, 'utf8'));
      delete schema.attributes.circle;
      fs.writeFileSync(file, JSON.stringify(schema));
      config.contentTypes[uidOf(NAME)] = { title: 'title', text: { body: 1 } };
      fs.writeFileSync(path.join(appDir, 'config/api.js'), `module.exports = { rest: { prefix: '${prefix}' } };`); // prettier-ignore
    });
    const documents = site.strapi.documents(uidOf(NAME) as never) as unknown as {
      create(params: object): Promise<{ documentId: string }>;
    };
    const ids: string[] = [];
    for (const [i, body] of BREAD.entries()) {
      const { documentId } = await documents.create({ data: { title: `Bread ${i}`, body }, status: 'published' }); // prettier-ignore
      ids.push(documentId);
    }
    await grantPublic(site.strapi, [RELATED_FIND, `${uidOf(NAME)}.find`, `${uidOf(NAME)}.findOne`]);
    await site.settled();
    const get = (place: string) => site.http.get(`${prefix}/${NAME}s/${place}`);
    expect((await get('nothing/related')).status).toBe(404);
    const { status, body } = await get(`${ids[0]}/related`);
    expect(status).toBe(200);
    expect(body.data.length).toBe(BREAD.length - 1);
  },
);
