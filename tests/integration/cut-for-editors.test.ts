import type { UID as Uid } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import { CURATE, Editor, SEE } from '../helpers/editors';
import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import type { Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';
import { until } from '../../soak/processes';

/* A document middleware cuts texts for an editor, or refuses them a type: the panel uses only what that editor gets. */

const UID = uidOf('story');
const OTHER = uidOf('other');
const TALK = uidOf('talk');
const SECRET = /zeppelin|ghost-merger/;

interface Story {
  documentId: string;
  body?: unknown;
}
interface Call {
  uid: string;
  action: string;
  params: { documentId?: string; status?: string };
}

let site: Running;
/** How the middleware refuses an entry. */
let refuse = (): void => {
  throw new errors.ForbiddenError('Locked');
};
let anna: Editor;
let boss: Editor;
const ids: Record<string, string> = {};

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const name of ['story', 'other']) {
      writeType(appDir, { name, attributes: { slug: { type: 'string' } } });
      config.contentTypes[uidOf(name)] = { title: 'title', slug: 'slug', text: { body: 1 }, url: `/${name}s/:slug` }; // prettier-ignore
    }
    const part = { type: 'component', component: 'segment.talk' };
    writeType(appDir, { name: 'talk', attributes: { slug: { type: 'string' }, part } });
    config.contentTypes[TALK] = { title: 'title', slug: 'slug', text: { part: { words: 1 } } };
  });
  for (let at = 0; at < 5; at += 1) {
    // The first two are alike.
    const part = { caption: `Speaker ${at}`, words: at < 2 ? [...BREAD, ...MOON].join(' ') : BREAD[at % 3] }; // prettier-ignore
    ids[`Talk ${at}`] = await publishIn(site.strapi, 'talk', { title: `Talk ${at}`, slug: `talk-${at}`, part }); // prettier-ignore
  }
  for (let at = 0; at < 6; at += 1) {
    const words = at < 3 ? 'zeppelin zeppelin zeppelin [x](/storys/ghost-merger)' : `word${at}`;
    const data = { title: `Open ${at}`, slug: `open-${at}`, body: `${words} ${BREAD[0]} ${BREAD[1]}` }; // prettier-ignore
    ids[data.title] = await publishIn(site.strapi, 'story', data);
  }
  const more = {
    Apart: 'zeppelin zeppelin hangar mooring mast',
    Linking: `zeppelin [there](/storys/linked) ${BREAD[2]}`,
    Linked: BREAD[2],
    Refused: `${BREAD[0]} ${BREAD[1]} [there](/storys/gone) [open](/storys/open-4)`,
  };
  for (const [title, body] of Object.entries(more)) {
    ids[title] = await publishIn(site.strapi, 'story', { title, slug: title.toLowerCase(), body });
  }
  await publishIn(site.strapi, 'other', { title: 'Other', slug: 'other', body: BREAD[0] });
  const rights = [UID, OTHER, TALK].flatMap((subject) =>
    ['read', 'create', 'update'].map((action) => ({
      action: `plugin::content-manager.explorer.${action}`,
      subject,
      fields: [
        'title',
        'body',
        'slug',
        ...(subject === TALK ? ['part.words', 'part.caption'] : []),
      ],
    })),
  );
  const overview = { action: 'plugin::related-articles.overview.read' };
  anna = await Editor.create(site, 'Anna', [{ action: SEE }, { action: CURATE }, overview, ...rights]); // prettier-ignore
  boss = await Editor.create(site, 'Boss');
  await site.settled();
  site.strapi.documents.use((async (call: Call, next: () => Promise<unknown>) => {
    const { user } = (site.strapi.requestContext.get()?.state ?? {}) as { user?: { firstname?: string } }; // prettier-ignore
    if (user?.firstname !== 'Anna') return next();
    if (call.uid === OTHER) throw new errors.ForbiddenError('Not for Anna');
    if (call.action === 'findOne' && call.params.documentId === ids.Refused) refuse();
    const found = await next();
    if (call.uid === TALK && call.params.status === 'published') {
      const isKept = (one: Story | null) => one?.documentId === ids['Talk 4'];
      return Array.isArray(found) ? found.filter((one) => !isKept(one)) : isKept(found as Story | null) ? null : found; // prettier-ignore
    }
    if (call.uid !== UID || typeof found !== 'object' || found === null) return found;
    const cut = <T extends Story>(one: T): T =>
      typeof one.body === 'string' && SECRET.test(one.body) ? { ...one, body: 'Subscribers only' } : one; // prettier-ignore
    return Array.isArray(found) ? found.map(cut) : cut(found as Story);
  }) as never);
}, 60_000);
afterAll(() => site?.stop());

async function overviewOf(editor: Editor) {
  const counted = async () =>
    (await editor.request('get', '/related-articles/overview')).body.data?.collections[0]?.counts;
  await until('the figures are there', async () => Boolean(await counted()));
  return editor.request('get', '/related-articles/overview');
}

test('reveals no words, phrases or links of what is cut', async () => {
  const answers = async (editor: Editor) => [
    await editor.request('get', `/content-manager/collection-types/${UID}/${ids['Open 1']}`),
    await editor.suggestions({ documentId: ids['Open 1'] }, UID),
    await editor.suggestions({ documentId: ids['Open 1'], status: 'published' }, UID),
    await editor.request('post', `/related-articles/links/${UID}`, { documentId: ids['Open 1'] }),
    await editor.request('get', `/related-articles/appearances/${UID}/${ids.Apart}`),
    await editor.request('get', `/related-articles/overview/${UID}?list=deadLinks`),
    await editor.request('get', `/related-articles/overview/${UID}?list=deadLinks&format=csv`),
  ];
  await overviewOf(boss);
  await overviewOf(anna);
  const told = (given: { status: number; body: unknown; text: string }[]) =>
    given.map(({ status, body, text }) => [status, SECRET.test(JSON.stringify(body) + text)]);
  expect(told(await answers(boss))).toEqual(Array(7).fill([200, true]));
  expect(told(await answers(anna))).toEqual(Array(7).fill([200, false]));
  // Words that she types do not lead to it either.
  const written = { documentId: ids['Open 5'], values: { body: `The zeppelin, ${BREAD[0]}` } };
  const links = await anna.request('post', `/related-articles/links/${UID}`, written);
  const phrases = links.body.data.proposals.flatMap((one: { places: { phrase: string }[] }) => one.places.map(({ phrase }) => phrase)); // prettier-ignore
  expect(phrases).toContain('sourdough starter');
  expect(phrases.join()).not.toMatch(SECRET);
  // Her lists are explained by the parts that she may read.
  const { body } = await anna.suggestions({ documentId: ids['Open 4'] }, UID);
  expect(JSON.stringify(body.data.rows)).toMatch(/"terms":\["/);
});

test('reveals neither who links here nor how much a link counts', async () => {
  const linked = async (editor: Editor) => {
    const { body } = await editor.request('get', `/related-articles/appearances/${UID}/${ids.Linked}`); // prettier-ignore
    return body.data.linkedFrom.map(({ title }: { title: string }) => title);
  };
  const signals = async (editor: Editor) => {
    const { body } = await editor.suggestions({ documentId: ids.Linked, status: 'published' }, UID);
    const row = body.data.rows.find((one: { title: string }) => one.title === 'Linking');
    return row.explanation.signals.links;
  };
  expect([await linked(boss), (await signals(boss)) > 0]).toEqual([['Linking'], true]);
  expect([await linked(anna), await signals(anna)]).toEqual([[], 0]);
});

test('a query that returns fewer fields takes nothing away from the panel', async () => {
  const answers = async () => {
    const { body } = await boss.suggestions({ documentId: ids['Open 4'] }, UID);
    return body.data.rows;
  };
  const before = await answers();
  site.strapi.documents.use((async (call: { uid: string; action: string; params: object }, next: () => Promise<unknown>) => {
    if (call.uid === UID && call.action === 'findMany') Object.assign(call.params, { fields: ['documentId', 'title', 'slug'] }); // prettier-ignore
    return next();
  }) as never); // prettier-ignore
  expect(await answers()).toEqual(before);
});

test.each([
  ['by an error of Strapi’s', refuse],
  ['in Koa’s own way', () => site.strapi.requestContext.get()?.throw(403, 'Locked')],
])('refusing an entry %s does not affect the others', async (_how, way) => {
  refuse = way;
  await overviewOf(anna);
  const { body } = await anna.request('get', `/content-manager/collection-types/${UID}?pageSize=100`); // prettier-ignore
  expect(body.results.map(({ title }: { title: string }) => title)).toContain('Refused');
  for (const answer of [
    await anna.suggestions({ documentId: ids['Open 3'] }, UID),
    await anna.request('post', `/related-articles/links/${UID}`, { documentId: ids['Open 3'] }),
    await anna.request('get', `/related-articles/appearances/${UID}/${ids['Open 4']}`),
    await anna.request('get', `/related-articles/overview/${UID}?list=deadLinks`),
    await anna.request('get', `/related-articles/overview/${UID}?list=all&format=csv`),
  ]) {
    expect(answer.status).toBe(200);
  }
});

test('refuses the published version to an editor who gets only the draft', async () => {
  const answers = async (editor: Editor) => [
    (await editor.suggestions({ documentId: ids['Talk 4'] }, TALK)).status,
    (await editor.suggestions({ documentId: ids['Talk 4'], status: 'published' }, TALK)).status,
    (await editor.request('get', `/related-articles/appearances/${TALK}/${ids['Talk 4']}`)).status,
  ];
  expect(await answers(boss)).toEqual([200, 200, 200]);
  expect(await answers(anna)).toEqual([200, 403, 403]);
});

test('finds near-duplicates by texts in components that hold more than text', async () => {
  const duplicates = () => boss.request('get', `/related-articles/overview/${TALK}?list=duplicates`); // prettier-ignore
  await until('it is in the figures', async () => (await duplicates()).body.data?.length === 2);
  const { body } = await duplicates();
  const named = body.data.map((row: { title: string; duplicates: { title: string }[] }) => [row.title, row.duplicates.map(({ title }) => title)]); // prettier-ignore
  expect(named.sort()).toEqual([['Talk 0', ['Talk 1']], ['Talk 1', ['Talk 0']]]); // prettier-ignore
});

test('code of the project that caches answers gets only real ones', async () => {
  const documents = () => site.strapi.documents(UID as Uid.CollectionType);
  const published = await documents().count({ status: 'published' });
  const kept = new Map<string, unknown>();
  const use = site.strapi.documents.use as unknown as (middleware: unknown) => () => void;
  const remove = use(async (call: Call, next: () => Promise<unknown>) => {
    if (!call.action.startsWith('find')) return next();
    const key = JSON.stringify([call.uid, call.action, call.params]);
    if (!kept.has(key)) kept.set(key, await next());
    return kept.get(key);
  });
  for (let time = 0; time < 2; time += 1) {
    const { body } = await boss.suggestions({ documentId: ids['Open 4'], status: 'published' }, UID); // prettier-ignore
    expect([body.meta.isPartial, body.data.rows.length > 0]).toEqual([false, true]);
  }
  expect(await documents().findMany({ status: 'published' })).toHaveLength(published);
  const asked = [...kept].filter(([key]) => !key.includes('"filters"'));
  expect(asked.length).toBeGreaterThan(0);
  for (const [, answer] of asked) expect([answer].flat()).not.toEqual([]);
  remove();
});

test('refusing a type does not affect the others', async () => {
  const { status, body } = await overviewOf(anna);
  const named = body.data.collections.map(({ uid }: { uid: string }) => uid);
  expect([status, named.sort()]).toEqual([200, [UID, TALK]]);
  expect((await anna.request('get', `/related-articles/overview/${OTHER}`)).status).toBe(403);
});
