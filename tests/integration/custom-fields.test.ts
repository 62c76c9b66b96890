import fs from 'node:fs';
import path from 'node:path';

import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/* Fields that another plugin adds, such as an editor for HTML: Strapi tells their types only once all have registered. */

const NAME = 'rich';
const REGISTERS = `module.exports = {
  register({ strapi }) {
    strapi.customFields.register({ name: 'html', type: 'richtext' });
    strapi.customFields.register({ name: 'short', type: 'string' });
  },
};`;

let site: Running;
beforeAll(async () => {
  site = await startSite((config, appDir) => {
    fs.writeFileSync(path.join(appDir, 'src/index.js'), REGISTERS);
    const html = { type: 'customField', customField: 'global::html' };
    const short = { type: 'customField', customField: 'global::short' };
    writeType(appDir, { name: NAME, attributes: { html, short } });
    config.contentTypes[uidOf(NAME)] = { title: 'title', slug: 'short', text: { html: 1 } };
  });
  await grantPublic(site.strapi, [RELATED_FIND, `${uidOf(NAME)}.find`, `${uidOf(NAME)}.findOne`]);
}, 60_000);
afterAll(() => site?.stop());

test('texts in custom fields are compared as what they are stored as', async () => {
  const ids: string[] = [];
  for (const [at, text] of BREAD.entries()) {
    const html = `<p class="zeppelin">${text}</p><pre>quokka</pre>`;
    ids.push(await publishIn(site.strapi, NAME, { title: `Entry ${at}`, html }));
  }
  await site.settled();
  const place = `/api/${NAME}s/${ids[0]}/related?explain=true`;
  const { status, body, text } = await site.http.get(place);
  expect([status, body.data?.length > 0]).toEqual([200, true]);
  const { related } = JSON.parse(text).meta;
  // Neither markup nor code counts.
  expect(JSON.stringify(related)).not.toMatch(/zeppelin|quokka|"p"/);
});
