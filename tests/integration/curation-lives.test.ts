import { appOf } from 'plugin/app';
import { toCuration } from 'plugin/curations/curation';
import { CurationRepository } from 'plugin/curations/curation-repository';

import { refill, servedTo } from '../helpers/bread-and-moon';
import { Editor } from '../helpers/editors';
import { ALL_READS, FIND_BY_TEXT, grantPublic, startStrapi, type Running } from '../helpers/strapi'; // prettier-ignore
import { FAR_TOO_LONG_MS, processorTime } from '../helpers/growth';

/* Pins and their history when lists are moved, end, are removed and made again, or get malformed requests. */

const ARTICLE = 'api::article.article';
const CURATION = 'plugin::related-articles.curation';
const SETTING = 'plugin::related-articles.setting';
const HISTORY_MS = 365 * 86_400_000;
let running: Running;
let chief: Editor;
let second: Editor;
let source: string;
let bread: string[];
let moon: string[];

beforeAll(async () => {
  running = await startStrapi();
  await grantPublic(running.strapi, [...ALL_READS, FIND_BY_TEXT]);
  chief = await Editor.create(running, 'Chief');
  second = await Editor.create(running, 'Second');
});
afterAll(() => running.stop());
beforeEach(async () => {
  ({ source, bread, moon } = await refill(running));
});

const saved = async (body: object, editor = chief) => {
  const answer = await editor.curate(source, body);
  expect([answer.status, answer.body.error?.message]).toEqual([200, undefined]);
  return answer.body.data;
};
const state = async (editor = chief) => (await editor.curation(source)).body.data;
const table = (name: string) => running.strapi.db.getConnection(`related_articles_${name}`);
const own = () => ({ sourceType: ARTICLE, sourceId: source, sourceLocale: 'en' });
const readAgain = async () => {
  const { curations } = appOf(running.strapi);
  curations.resync();
  await curations.apply();
};

/** Makes the list look as it did before locales were switched on for the type. */
async function withoutLocale() {
  for (const name of ['curations', 'curation_events']) {
    await table(name).where({ source_id: source }).update({ source_locale: '' });
  }
  await readAgain();
}

test.each([
  [
    'moved to another locale',
    async () => {
      await withoutLocale();
      await appOf(running.strapi).maintenance.followLocalization();
      await readAgain();
    },
  ],
  [
    'not changed for longer than history is kept',
    async () => {
      await table('curation_events').update({ created_at: Date.now() - HISTORY_MS - 1000 });
      Object.assign(appOf(running.strapi).maintenance, { forgotAt: -Infinity });
      await appOf(running.strapi).index.sweep();
    },
  ],
])('the next change to a list that was %s is recorded, merged and undone', async (_, change) => {
  await saved({ pins: [moon[1]] });
  await saved({ pins: [moon[0]], revision: 1 });
  await change();
  const { revision } = await state();
  await saved({ pins: [moon[0], moon[1]], revision }, second);
  await saved({ pins: [moon[0]], exclusions: [bread[0]], revision });
  const { data } = (await chief.events(source)).body;
  expect(data.slice(0, 2).map(({ editor }: { editor: string }) => editor)).toEqual(['Chief', 'Second']); // prettier-ignore
  expect((await state(second)).undoes).toBeGreaterThan(0);
  expect((await second.revert(source, 'undo')).status).toBe(200);
  expect((await servedTo(running, source))[0]).toBe(`*${moon[0]}`);
});

test('nobody undoes what an import has brought beside what was decided here', async () => {
  await saved({ pins: [moon[0]] }, second);
  const [event] = await table('curation_events').where({ source_id: source });
  const { id } = (await chief.request('get', '/admin/users/me')).body.data;
  await table('curation_events').insert({
    ...event,
    id: event.id + 1000,
    document_id: 'of-copy',
    editor: 'Chief',
    editor_id: String(id),
    created_at: event.created_at + 1000,
  });
  expect((await state()).undoes).toBeNull();
  expect((await chief.revert(source, 'undo')).status).toBe(400);
  expect((await servedTo(running, source))[0]).toBe(`*${moon[0]}`);
});

test('an undo that is meant for one pin undoes nothing else', async () => {
  const place = `/related-articles/curations/${ARTICLE}/${source}`;
  const undo = () => chief.request('post', `${place}/undo`, { locale: 'en', pin: moon[0] });
  await chief.request('post', `${place}/pins`, { locale: 'en', documentId: moon[0] });
  const { revision } = await state();
  await saved({ pins: [moon[0], moon[1]], revision });
  const refused = await undo();
  expect([refused.status, refused.body.error.message]).toEqual([
    400,
    'Your last change to that list was a different one, so nothing was undone',
  ]);
  expect((await servedTo(running, source)).slice(0, 2)).toEqual([`*${moon[0]}`, `*${moon[1]}`]);
  expect((await chief.revert(source, 'undo')).status).toBe(200);
  expect((await undo()).status).toBe(200);
  expect((await servedTo(running, source)).filter((title) => title.startsWith('*'))).toEqual([]);
});

test('if moving lists to a locale failed at the start, nothing is removed and it is tried again', async () => {
  await saved({ pins: [moon[0]] });
  await withoutLocale();
  const { maintenance, index } = appOf(running.strapi);
  Object.assign(maintenance, { followsLocalization: false });
  maintenance.resync();
  await index.sweep(0);
  await index.sweep(0);
  const row = await running.strapi.db.query(CURATION).findOne({ where: { sourceId: source } });
  expect(row).toMatchObject({ sourceLocale: 'en', pins: [moon[0]] });
});

test('removing many lists of deleted entries lets other work run in between', async () => {
  const now = Date.now();
  const gone = Array.from({ length: 60 }, (_, at) => ({
    document_id: `list${at}`,
    source_type: ARTICLE,
    source_id: `gone${at}`,
    source_locale: 'en',
    pins: '[]',
    exclusions: '[]',
    revision: 1,
    created_at: now,
    updated_at: now,
  }));
  for (const row of gone) await table('curations').insert(row);
  await readAgain();
  const { maintenance } = appOf(running.strapi);
  maintenance.resync();
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  count();
  await maintenance.sweep(0);
  isOver = true;
  expect(await table('curations').where('source_id', 'like', 'gone%')).toEqual([]);
  expect(turns).toBeGreaterThanOrEqual(gone.length / 10);
});

test('a list survives while a hook of the project hides its entry', async () => {
  const { index } = appOf(running.strapi);
  await saved({ pins: [moon[0]] });
  // Like an archive that only editors see.
  const hide = ({ params }: { params: { where?: object } }) => {
    params.where = { $and: [params.where ?? {}, { documentId: { $ne: source } }] };
  };
  const hooks = { models: [ARTICLE], beforeFindMany: hide, beforeFindOne: hide, beforeCount: hide };
  const unsubscribe = running.strapi.db.lifecycles.subscribe(hooks as never);
  try {
    await readAgain();
    await index.sweep(0);
    await index.sweep(0);
    expect(await running.strapi.db.query(CURATION).count({ where: own() })).toBe(1);
  } finally {
    unsubscribe();
  }
});

test('a list that is made again conflicts with what a panel saw before, and its first change can be undone', async () => {
  const { repository } = appOf(running.strapi);
  await saved({ pins: [moon[0]] });
  const curation = await repository.find(own());
  await repository.remove([curation as NonNullable<typeof curation>]);
  await running.settled();
  const { undoes } = await saved({ pins: [moon[1]], revision: 0 }, second);
  expect(undoes).toBeGreaterThan(0);
  const stale = await chief.curate(source, { pins: [moon[0], moon[2]], revision: 1 });
  expect(stale.status).toBe(409);
  expect((await servedTo(running, source))[0]).toBe(`*${moon[1]}`);
});

test.each([2, 1])(
  'a list that an import replaced conflicts with what a panel saw at revision %i',
  async (revision) => {
    await saved({ pins: [moon[0]] });
    const seen = [await state()];
    await saved({ pins: [moon[0], moon[1]], revision: 1 });
    seen.push(await state());
    // Another copy of the site has reached the same revision with other pins.
    const pins = JSON.stringify([moon[2], bread[1]]);
    for (const name of ['curations', 'curation_events']) {
      await table(name).where({ source_id: source }).update({ pins });
    }
    await readAgain();
    const { stamp } = seen[revision - 1];
    expect((await state()).stamp).not.toBe(stamp);
    const body = { pins: [moon[0], bread[0]], revision, stamp };
    expect((await chief.curate(source, body)).status).toBe(409);
    const { stamp: now } = await state();
    await saved({ pins: [moon[2], bread[1], bread[0]], revision: 2, stamp: now });
    const row = await running.strapi.db.query(CURATION).findOne({ where: own() });
    expect(row?.pins).toEqual([moon[2], bread[1], bread[0]]);
  },
);

test('settings that an import replaced conflict with those that somebody saw at the same revision', async () => {
  const place = `/related-articles/settings/${ARTICLE}`;
  const put = (body: object) => chief.request('put', place, body);
  const { revision, settings } = (await chief.request('get', place)).body.data;
  const first = await put({ settings: { limit: 4 }, revision, before: settings });
  expect(first.status).toBe(200);
  const { data: seen } = first.body;
  await table('settings').update({ settings: JSON.stringify({ limit: 9 }) });
  const body = { settings: { limit: 3 }, revision: seen.revision, before: seen.settings };
  expect((await put(body)).status).toBe(409);
  expect((await put({ ...body, before: { limit: 9 } })).status).toBe(200);
  expect((await put({ settings: {}, revision: seen.revision + 1 })).status).toBe(200);
});

test('everything that can be undone can be redone, however much was changed', async () => {
  for (let revision = 0; revision < 32; revision += 1) {
    await saved({ pins: [moon[revision % 3], bread[revision % 2]], revision });
  }
  const last = await state();
  const all = async (direction: 'undo' | 'redo') => {
    let count = 0;
    while ((await chief.revert(source, direction)).status === 200) count += 1;
    return count;
  };
  const undone = await all('undo');
  expect(undone).toBeGreaterThan(20);
  expect(await all('redo')).toBe(undone);
  expect((await state()).stamp).toBe(last.stamp);
});

test('a list that is moved to a renamed type where there is one already comes after it', async () => {
  const [a, b, c, d] = [...moon, ...bread];
  await saved({ pins: [a, b], exclusions: [c] });
  const old = {
    ...own(),
    sourceType: 'api::old.old',
    documentId: 'old',
    revision: 7,
    hidden: false,
  };
  const pinEnds = { [a]: '2099-01-01T00:00:00.000Z', over: '2001-01-01T00:00:00.000Z' };
  const query = running.strapi.db.query(CURATION);
  // One that is over gives its room to the last.
  const others = Array.from({ length: 47 }, (_, at) => `other${at}`);
  const data = { ...old, pins: ['over', ...others, d, c, a], exclusions: [b], pinEnds };
  const row = await query.create({ data });
  const repository = new CurationRepository(running.strapi);
  expect(await repository.relocate(toCuration(row), own())).toBe(1);
  const merged = { pins: [a, b, ...others, d], exclusions: [c], pinEnds: null, revision: 8 };
  expect(await query.findMany({ where: { sourceId: source } })).toMatchObject([merged]);
  await readAgain();
  // It can be saved as it is, and undone.
  await saved({ pins: [a, b, d], exclusions: [], revision: 8 });
});

test('a list that SQL made without a revision can be changed, ended and removed like any other', async () => {
  const insert = async (more: object) => {
    await table('curations').delete();
    const row = { document_id: 'bysql', source_type: ARTICLE, source_id: source, source_locale: 'en' }; // prettier-ignore
    await table('curations').insert({ ...row, pins: JSON.stringify([moon[0]]), exclusions: '[]', ...more }); // prettier-ignore
    await readAgain();
  };
  await insert({});
  await saved({ pins: [moon[0], moon[1]], revision: 0 });
  expect(await state()).toMatchObject({ revision: 2, undoes: null });
  await saved({ pins: [moon[1]], revision: 2 });
  expect((await chief.revert(source, 'undo')).status).toBe(200);
  expect((await chief.revert(source, 'undo')).status).toBe(400);
  const until = '2020-01-01T00:00:00.000Z';
  await insert({ pin_ends: JSON.stringify({ [moon[0]]: until }) });
  // Other changes are saved with a pin that is due; no other pin may end in the past.
  const { body } = await chief.curate(source, { pins: [{ reference: moon[1], until }] });
  expect(body.error.message).toBe(`pins.0.until: expected a date in the future, got "${until}"`);
  await saved({ pins: [{ reference: moon[0], until }, moon[1]], revision: 0 });
  await appOf(running.strapi).maintenance.endPins(new Date());
  const row = await running.strapi.db.query(CURATION).findOne({ where: own() });
  expect(row).toMatchObject({ pins: [moon[1]], revision: 3 });
});

test('a pin that ends names no editor, and undo does not bring back a pin that is due', async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await saved({ pins: [{ reference: moon[0], until }, moon[1]] });
  expect((await state()).editor).toBe('Chief');
  await appOf(running.strapi).maintenance.endPins(new Date(until));
  expect((await state()).editor).toBeNull();

  ({ source, bread, moon } = await refill(running));
  const soon = new Date(Date.now() + 1500).toISOString();
  await saved({ pins: [{ reference: moon[0], until: soon }, moon[1]] });
  await saved({ pins: [], revision: 1 });
  await new Promise((resolve) => setTimeout(resolve, 1600));
  expect((await chief.revert(source, 'undo')).status).toBe(200);
  expect((await servedTo(running, source)).filter((id) => id.startsWith('*'))).toEqual([`*${moon[1]}`]); // prettier-ignore
});

test.each([null, 0])('settings that SQL made with revision %s can be saved', async (revision) => {
  await table('settings').delete();
  const row = {
    document_id: 'bysql',
    target_type: ARTICLE,
    settings: '{"limit":4}',
    history: '[]',
  };
  await table('settings').insert({ ...row, revision });
  const place = `/related-articles/settings/${ARTICLE}`;
  const body = { settings: { limit: 3 }, revision: 0, before: { limit: 4 } };
  const { status, body: answer } = await chief.request('put', place, body);
  expect([status, answer.data?.revision, answer.data?.settings]).toEqual([200, 1, { limit: 3 }]);
  await table('settings').delete();
});

test('settings whose history an import left malformed can be saved', async () => {
  const query = running.strapi.db.query(SETTING);
  for (const history of [[null], ['x'], [{ at: new Date().toISOString(), settings: null }]]) {
    await query.deleteMany({ where: {} });
    await query.create({ data: { targetType: ARTICLE, settings: {}, revision: 3, history } as never }); // prettier-ignore
    await appOf(running.strapi).index.sweep();
    expect(appOf(running.strapi).index.health().troubles).toEqual([]);
    const { status } = await chief.request('put', `/related-articles/settings/${ARTICLE}`, { settings: {}, revision: 3 }); // prettier-ignore
    expect(status).toBe(200);
  }
  await query.deleteMany({ where: {} });
});

describe('a megabyte of nonsense is refused at once, in few words', () => {
  const many = (count: number) => `[${Array(count).fill('1').join()}]`;
  const key = 'k'.repeat(900_000);
  const relations = Array.from({ length: 80_000 }, (_, i) => `"a${i}":1`).join();
  test.each<[string, 'put' | 'post', string, string]>([
    ['pins', 'put', 'curations', `{"pins":${many(480_000)},"exclusions":[],"revision":0}`],
    ['exclusions', 'put', 'curations', `{"pins":[],"exclusions":${many(480_000)},"revision":0}`],
    ['a key', 'put', 'curations', `{"pins":[],"exclusions":[],"revision":0,"${key}":1}`],
    ['facts', 'post', 'overview/facts', `{"documentIds":${many(480_000)}}`],
    ['relations', 'post', 'suggestions', `{"relations":{${relations}}}`],
    ['rules', 'put', 'settings', `{"settings":{"rules":{"place":${many(300_000)}}},"revision":0}`],
    ['a rule', 'put', 'settings', `{"settings":{"rules":{"never":{"${key}":1}}},"revision":0}`],
  ])('%s', async (_, method, place, body) => {
    const [name, more] = place.split('/');
    const path = ['', 'related-articles', name, ARTICLE, name === 'curations' ? source : more];
    const started = processorTime();
    const { status, text } = await chief.request(method, path.filter((part) => part !== undefined).join('/'), body); // prettier-ignore
    expect({ status, isShort: text.length < 5000 }).toEqual({ status: 400, isShort: true });
    expect(processorTime() - started).toBeLessThan(FAR_TOO_LONG_MS);
  });

  test('an unknown key of a public request, with a correct hint', async () => {
    for (const [body, hint] of [
      [`{"${key}":1}`, /there is no such parameter/],
      ['{"limit":1}', /limit: there is no such parameter. Known: "title", "text", "locale"/],
      ['{"toString":1}', /toString: there is no such parameter. Known/],
    ] as const) {
      const { status, text } = await running.http
        .post('/api/related-articles/articles')
        .type('json')
        .send(body);
      expect({ status, isShort: text.length < 5000 }).toEqual({ status: 400, isShort: true });
      expect(JSON.parse(text).error.message).toMatch(hint);
    }
  });
});

test.each([
  ['put', `settings/${ARTICLE}`, '{"settings":{},"revision":$}'],
  ['post', `settings/${ARTICLE}/tuning`, '{"locale":$}'],
  ['post', `overview/${ARTICLE}/facts`, '{"documentIds":$}'],
  ['put', `curations/${ARTICLE}/x`, '{"pins":[$],"exclusions":[],"revision":0}'],
  ['post', `suggestions/${ARTICLE}`, '{"status":$}'],
  ['post', `suggestions/${ARTICLE}`, '{"relations":{"category":$}}'],
] as const)('%s %s: refuses nesting that is too deep in %s', async (method, place, body) => {
  for (const deep of [
    '['.repeat(9000) + ']'.repeat(9000),
    `${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`,
  ]) {
    const { status, body: answer } = await chief.request(method, `/related-articles/${place}`, body.replace('$', deep)); // prettier-ignore
    expect([status, answer.error.message]).toEqual([400, expect.stringMatching(/^\w+: expected at most 100 levels of nesting$/)]); // prettier-ignore
  }
});

describe('clones', () => {
  const documents = () => running.strapi.documents(ARTICLE);
  const clone = async (documentId: string, title: string): Promise<string> => {
    const made: unknown = await documents().clone({ documentId, data: { title } } as never);
    return (made as { documentId: string }).documentId;
  };
  const pinsOf = async (sourceId: string): Promise<unknown> =>
    (await running.strapi.db.query(CURATION).findOne({ where: { sourceId } }))?.pins;

  test.each([
    ['one after the other', <T>(work: () => Promise<T>) => work()],
    ['in one transaction', <T>(work: () => Promise<T>) => running.strapi.db.transaction(work)],
  ])('of clones have the pins too: %s', async (_, within) => {
    await saved({ pins: [moon[0]] });
    const [one, other] = await within(async () => {
      const first = await clone(source, 'First');
      return [first, await clone(first, 'Second')];
    });
    await running.settled();
    await appOf(running.strapi).maintenance.apply();
    expect([await pinsOf(one), await pinsOf(other)]).toEqual([[moon[0]], [moon[0]]]);
  });

  test('get the pins; an entry that a hook of the project creates along with them does not', async () => {
    await saved({ pins: [moon[0]] });
    let beside = '';
    const remove = running.strapi.db.lifecycles.subscribe({
      models: [ARTICLE],
      async afterCreate({ result }: { result: { title: string } }) {
        if (result.title !== 'Clone') return;
        const data = { title: 'Beside it', body: 'Nothing of it' };
        beside = (await documents().create({ data } as never)).documentId;
      },
    } as never) as unknown as () => void;
    const made = await clone(source, 'Clone');
    remove();
    await running.settled();
    await appOf(running.strapi).maintenance.apply();
    expect(beside).not.toBe('');
    expect([await pinsOf(made), await pinsOf(beside)]).toEqual([[moon[0]], undefined]);
  });
});
