import { answering, publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* Lists of a type that visitors can write to use only what those visitors get, whatever headers they send. */

const NAME = 'open';
const picks = { type: 'relation', relation: 'manyToMany', target: uidOf(NAME) };
const cut = "one.title?.startsWith('Cut') ? { ...one, picks: [] } : one";

let site: Running;
let ids: string[];
beforeAll(async () => {
  site = await startSite((config, appDir) => {
    const attributes = { slug: { type: 'string' }, picks };
    writeType(appDir, { name: NAME, controller: answering(NAME, cut), attributes });
    config.contentTypes[uidOf(NAME)] = { title: 'title', slug: 'slug', text: { body: 1 }, picked: 'picks' }; // prettier-ignore
  });
  ids = [];
  for (let at = 0; at < 6; at += 1) {
    const data = { title: `Free ${at}`, slug: `free-${at}`, body: `alpha beta gamma own${at}` };
    ids.push(await publishIn(site.strapi, NAME, data));
  }
  for (const title of ['Cut', 'Shown']) {
    const data = {
      title,
      slug: title,
      body: `nothing${title} like others${title}`,
      picks: [ids[5]],
    };
    ids.push(await publishIn(site.strapi, NAME, data));
  }
  const reads = ['find', 'findOne', 'create'].map((action) => `${uidOf(NAME)}.${action}`);
  await grantPublic(site.strapi, [RELATED_FIND, FIND_BY_TEXT, ...reads]);
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

test('a pick counts only if the visitor gets it', async () => {
  const pickedFor = async (documentId: string) => {
    const { body } = await site.http.get(`/api/opens/${documentId}/related?fields=title`);
    return body.meta.related.map(({ documentId: id, origin }: Record<string, string>) => [id, origin]); // prettier-ignore
  };
  expect(await pickedFor(ids[6])).toEqual([]);
  expect(await pickedFor(ids[7])).toEqual([[ids[5], 'picked']]);
});

test('invisible marks of a preview do not change lists, and no answer counts as already known', async () => {
  const warn = jest.spyOn(site.strapi.log, 'warn').mockReturnValue(site.strapi.log);
  const headers = { 'strapi-encode-source-maps': 'true', 'if-none-match': '*' };
  const lists = async (sent: Record<string, string>) => {
    const text = { text: 'alpha beta gamma delta' };
    const posted = await site.http.post('/api/related-articles/opens?minScore=0').set(sent).send(text); // prettier-ignore
    const got = await site.http.get(`/api/opens/${ids[0]}/related?minScore=0`).set({ ...sent, 'if-none-match': '"x"' }); // prettier-ignore
    return [posted, got].map(({ body }) => body.data.map(({ documentId }: { documentId: string }) => documentId)); // prettier-ignore
  };
  const plain = await lists({});
  expect(plain.map(({ length }) => length)).toEqual([5, 5]);
  expect(await lists(headers)).toEqual(plain);
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});
