import { CURATE, Editor, SEE } from '../helpers/editors';
import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/* A document middleware removes entries from results, by an attribute or by their creator, whatever was asked for. */

const UID = uidOf('story');
const CIRCLE = uidOf('circle');
const OPEN = 12;
const SECRET = /merger|zeppelin/;

interface Found {
  hidden?: boolean;
  circle?: { closed?: boolean } | null;
  createdBy?: { firstname: string } | null;
}
interface Call {
  uid: string;
  action: string;
}

let site: Running;
let anna: Editor;
let boss: Editor;
let isHidden: (one: Found) => boolean = ({ hidden }) => hidden === true;
const ids: Record<string, string> = {};

const get = (place: string) => site.http.get(`/api/${place}`);

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    const circle = { type: 'relation', relation: 'manyToOne', target: CIRCLE };
    const hidden = { type: 'boolean', default: false, private: true };
    const closed = { type: 'boolean', default: false, private: true };
    writeType(appDir, { name: 'circle', attributes: { name: { type: 'string' }, closed } });
    writeType(appDir, { name: 'story', attributes: { hidden, slug: { type: 'string' }, circle } });
    config.contentTypes[UID] = { title: 'title', slug: 'slug', text: { body: 1 }, relations: { circle: 1 }, url: '/storys/:slug' }; // prettier-ignore
  });
  const [open, closed] = [
    await publishIn(site.strapi, 'circle', { title: 'Open', name: 'Open' }),
    await publishIn(site.strapi, 'circle', { title: 'Closed', name: 'Closed', closed: true }),
  ];
  const write = async (title: string, words: string, isSecret = false) => {
    const slug = title.toLowerCase().replace(/ /g, '-');
    const body = `${BREAD[0]} ${words} ${BREAD[1]}`;
    const circle = isSecret ? closed : open;
    ids[title] = await publishIn(site.strapi, 'story', { title, slug, body, hidden: isSecret, circle }); // prettier-ignore
  };
  await write('Secret merger', 'loaf1 zeppelin', true);
  for (let at = 0; at < OPEN; at += 1) await write(`Open ${at}`, `loaf${at}`);
  await grantPublic(site.strapi, [RELATED_FIND, FIND_BY_TEXT, `${UID}.find`, `${UID}.findOne`, `${CIRCLE}.find`]); // prettier-ignore
  const onStories = ['read', 'create', 'update'].map((action) => ({
    action: `plugin::content-manager.explorer.${action}`,
    subject: UID,
    fields: ['title', 'body', 'slug', 'hidden', 'circle'],
  }));
  const read = 'plugin::content-manager.explorer.read';
  const onCircles = { action: read, subject: CIRCLE, fields: ['title', 'name'] };
  const overview = { action: 'plugin::related-articles.overview.read' };
  anna = await Editor.create(site, 'Anna', [
    { action: SEE },
    { action: CURATE },
    overview,
    { action: 'plugin::content-manager.explorer.publish', subject: UID },
    ...onStories,
    onCircles,
  ]);
  boss = await Editor.create(site, 'Boss');
  await site.settled();
  site.strapi.documents.use((async (call: Call, next: () => Promise<unknown>) => {
    const found = await next();
    const asked = site.strapi.requestContext.get();
    const { user } = (asked?.state ?? {}) as { user?: { firstname?: string } };
    const isTheirs = user?.firstname === 'Anna' || asked?.path.startsWith('/api/');
    if (call.uid !== UID || !isTheirs) return found;
    if (Array.isArray(found)) return (found as Found[]).filter((one) => !isHidden(one));
    return call.action === 'findOne' && found && isHidden(found) ? null : found;
  }) as never);
}, 60_000);
afterAll(() => site?.stop());

describe('for an editor', () => {
  const BY: [string, (one: Found) => boolean][] = [
    ['an attribute of its own', ({ hidden }) => hidden === true],
    ['one of the entry that it belongs to', ({ circle }) => circle?.closed === true],
  ];
  test.each(BY)(
    'the content manager, the panel, its search, cards, links and places show nothing that is hidden by %s',
    async (_, by) => {
      isHidden = by;
      const pinned = await boss.curate(ids['Open 2'], { pins: [ids['Secret merger']] }, UID);
      expect([200, 409]).toContain(pinned.status);
      const manager = `/content-manager/collection-types/${UID}?page=1&pageSize=100`;
      const card = await anna.request('get', `/related-articles/entries/${UID}/${ids['Secret merger']}`); // prettier-ignore
      expect(card.status).toBe(404);
      const answers = [
        await anna.request('get', manager),
        await anna.suggestions({ documentId: ids['Open 1'] }, UID),
        await anna.suggestions({ documentId: ids['Open 2'] }, UID),
        await anna.request('get', `/related-articles/entries/${UID}?query=open`),
        await anna.request('get', `/related-articles/appearances/${UID}/${ids['Open 1']}`),
        await anna.request('get', `/related-articles/curations/${UID}/${ids['Open 2']}/events`),
        await anna.request('post', `/related-articles/links/${UID}`, { documentId: ids['Open 3'] }),
      ];
      for (const { status, body } of answers) {
        expect(status).toBe(200);
        expect(JSON.stringify(body)).not.toMatch(SECRET);
      }
      expect(answers[0].body.results).toHaveLength(OPEN);
      expect(answers[1].body.data.rows.length).toBeGreaterThan(3);
      const { body } = await anna.request('get', `/related-articles/entries/${UID}?query=merger`);
      expect(body.data).toEqual([]);
    },
  );

  test('the overview counts only what the editor gets', async () => {
    isHidden = ({ hidden }) => hidden === true;
    for (;;) {
      const { body } = await anna.request('get', '/related-articles/overview');
      const [figures] = body.data.collections;
      if (figures.counts) {
        expect([figures.counts.all, figures.isPartial]).toEqual([OPEN, true]);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    for (const place of ['?list=all', '/map', '?list=all&format=csv']) {
      const answer = await anna.request('get', `/related-articles/overview/${UID}${place}`);
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.body) + answer.text).not.toMatch(SECRET);
    }
  });

  test('a middleware can also hide entries by their creator', async () => {
    const before = isHidden;
    isHidden = ({ createdBy }) => createdBy?.firstname !== 'Anna';
    const own: string[] = [];
    const make = async (title: string) => {
      const place = `/content-manager/collection-types/${UID}/actions/publish`;
      const { body } = await anna.request('post', place, {
        title,
        body: `${BREAD[0]} ${BREAD[1]}`,
      });
      own.push(body.data.documentId);
    };
    try {
      await make('Hers');
      await make('Hers too');
      await site.settled();
      const [one, other] = own;
      const { status, body } = await anna.suggestions({ documentId: one }, UID);
      expect(status).toBe(200);
      const rows = body.data.rows as { title: string }[];
      expect(rows.map(({ title }) => title)).toEqual(['Hers too']);
      expect((await anna.curate(one, { pins: [other] }, UID)).status).toBe(200);
      expect((await anna.suggestions({ documentId: ids['Open 1'] }, UID)).status).toBe(404);
    } finally {
      isHidden = before;
      for (const documentId of own)
        await site.strapi.documents(UID as never).delete({ documentId });
      await site.settled();
    }
  });
});

describe('for a visitor', () => {
  test.each(['Secret merger', 'secret-merger'])('lists for several hide it: %s', async (name) => {
    const asked = `${ids[name] ?? name},${ids['Open 2']}`;
    const { body } = await get(`related-articles/storys?documentIds=${asked}&explain=true`);
    expect(body.data[0]).toMatchObject({ documentId: null, related: [] });
    expect(JSON.stringify(body)).not.toMatch(/zeppelin/);
    const together = await get(`related-articles/storys?documentIds=${ids[name] ?? name}&together=true&explain=true`); // prettier-ignore
    expect(together.body.data).toEqual([]);
  });

  test('every page has the same total, and no entry appears twice', async () => {
    const titles: string[] = [];
    for (let start = 0; start < OPEN; start += 1) {
      const page = `pagination[limit]=1&pagination[start]=${start}`;
      const { body } = await get(`storys/${ids['Open 1']}/related?minScore=0&${page}`);
      expect(body.meta.pagination.total).toBe(OPEN - 1);
      titles.push(...(body.data as { title: string }[]).map(({ title }) => title));
    }
    expect(new Set(titles).size).toBe(OPEN - 1);
  });

  test('excluding an entry and trying words reveal nothing', async () => {
    const leftOut = async (id: string) =>
      (await get(`storys/${ids['Open 1']}/related?exclude=${id}`)).status;
    expect(await leftOut(ids['Secret merger'])).toBe(await leftOut('z'.repeat(24)));
    const tried = async (word: string) => {
      const page = 'minScore=0&pagination[start]=50&pagination[limit]=1';
      const place = `/api/related-articles/storys?${page}`;
      const { body } = await site.http.post(place).send({ title: word, text: word });
      return body.meta.pagination.total as number;
    };
    expect(await tried('zeppelin')).toBe(await tried('qwertzuiop'));
  });
});
