import { errors } from '@strapi/utils';

import { CURATE, Editor, SEE } from '../helpers/editors';
import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import type { Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';
import { until } from '../../soak/processes';

/* A document middleware gives an editor other words than are stored, or refuses them a type: the panel goes by what they get. */

const UID = uidOf('story');
const OTHER = uidOf('other');
const SECRET = /zeppelin|ghost-merger/;

interface Story {
  body?: unknown;
}

let site: Running;
let anna: Editor;
let boss: Editor;
const ids: Record<string, string> = {};

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const name of ['story', 'other']) {
      writeType(appDir, { name, attributes: { slug: { type: 'string' } } });
      config.contentTypes[uidOf(name)] = { title: 'title', slug: 'slug', text: { body: 1 }, url: `/${name}s/:slug` }; // prettier-ignore
    }
  });
  for (let at = 0; at < 6; at += 1) {
    const words = at < 3 ? 'zeppelin zeppelin zeppelin [x](/storys/ghost-merger)' : `word${at}`;
    const data = { title: `Open ${at}`, slug: `open-${at}`, body: `${words} ${BREAD[0]} ${BREAD[1]}` }; // prettier-ignore
    ids[data.title] = await publishIn(site.strapi, 'story', data);
  }
  const more = {
    Apart: 'zeppelin zeppelin hangar mooring mast',
    Linking: `zeppelin [there](/storys/linked) ${BREAD[2]}`,
    Linked: BREAD[2],
  };
  for (const [title, body] of Object.entries(more)) {
    ids[title] = await publishIn(site.strapi, 'story', { title, slug: title.toLowerCase(), body });
  }
  await publishIn(site.strapi, 'other', { title: 'Other', slug: 'other', body: BREAD[0] });
  const rights = [UID, OTHER].flatMap((subject) =>
    ['read', 'create', 'update'].map((action) => ({
      action: `plugin::content-manager.explorer.${action}`,
      subject,
      fields: ['title', 'body', 'slug'],
    })),
  );
  const overview = { action: 'plugin::related-articles.overview.read' };
  anna = await Editor.create(site, 'Anna', [{ action: SEE }, { action: CURATE }, overview, ...rights]); // prettier-ignore
  boss = await Editor.create(site, 'Boss');
  await site.settled();
  site.strapi.documents.use((async (call: { uid: string }, next: () => Promise<unknown>) => {
    const { user } = (site.strapi.requestContext.get()?.state ?? {}) as { user?: { firstname?: string } }; // prettier-ignore
    if (user?.firstname !== 'Anna') return next();
    if (call.uid === OTHER) throw new errors.ForbiddenError('Not for Anna');
    const found = await next();
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

test('neither words nor phrases nor links of what is cut', async () => {
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
  // Words that she writes lead to none of it, either.
  const written = { documentId: ids['Open 5'], values: { body: `The zeppelin, ${BREAD[0]}` } };
  const links = await anna.request('post', `/related-articles/links/${UID}`, written);
  const phrases = links.body.data.proposals.flatMap((one: { places: { phrase: string }[] }) => one.places.map(({ phrase }) => phrase)); // prettier-ignore
  expect(phrases).toContain('sourdough starter');
  expect(phrases.join()).not.toMatch(SECRET);
  // What she gets of the others explains her lists.
  const { body } = await anna.suggestions({ documentId: ids['Open 4'] }, UID);
  expect(JSON.stringify(body.data.rows)).toMatch(/"terms":\["/);
});

test('neither who links here nor how much a link counts', async () => {
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

test('a list that is given with less of each entry takes nothing from the panel', async () => {
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

test('a type that is refused takes nothing of the others', async () => {
  const { status, body } = await overviewOf(anna);
  const named = body.data.collections.map(({ uid }: { uid: string }) => uid);
  expect([status, named]).toEqual([200, [UID]]);
  expect((await anna.request('get', `/related-articles/overview/${OTHER}`)).status).toBe(403);
});
