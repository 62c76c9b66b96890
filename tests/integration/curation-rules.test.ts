import { appOf } from 'plugin/app';
import { Clock } from 'plugin/changes/clock';
import { ServedLists } from 'plugin/services/served-lists';

import { authorGrants, Editor, onArticles, SEE } from '../helpers/editors';
import { refill, servedTo } from '../helpers/bread-and-moon';
import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';
import { FAR_TOO_LONG_MS, processorTime } from '../helpers/growth';

const ARTICLE = 'api::article.article';

let running: Running;
let chief: Editor;
let source: string;
let bread: string[];
let moon: string[];

const articles = () => running.strapi.documents(ARTICLE);
const create = async (title: string, body: string, more: object = {}) =>
  (await articles().create({ data: { title, body, ...more }, status: 'published' } as never))
    .documentId;

beforeAll(async () => {
  running = await startStrapi();
  await grantPublic(running.strapi, ALL_READS);
  chief = await Editor.create(running, 'Chief');
});
afterAll(() => running.stop());

beforeEach(async () => {
  ({ source, bread, moon } = await refill(running));
});

/** What visitors get, with a star for pins. */
const served = (documentId = source) => servedTo(running, documentId);
const curate = async (body: object, editor = chief) => {
  const answer = await editor.curate(source, body);
  expect([answer.status, answer.body.error?.message]).toEqual([200, undefined]);
  return answer.body.data;
};

/** @returns The documentId of an entry that an author has written. */
async function writtenBy(author: Editor, title: string): Promise<string> {
  const data = { title, body: two(BREAD, 0) };
  const { body } = await author.request('post', `/content-manager/collection-types/${ARTICLE}`, data); // prettier-ignore
  return body.data.documentId;
}

test('undoes and redoes every step, never those of another editor, and says so in the history', async () => {
  const second = await Editor.create(running, 'Second');
  const before = await served();
  await curate({ pins: [moon[0]] });
  await curate({ pins: [moon[0], moon[1]], revision: 1 });
  await curate({ pins: [moon[0], moon[1]], exclusions: [before[0]], revision: 2 }, second);
  const stateOf = async (editor: Editor) => {
    const { undoes, redoes, revision } = (await editor.curation(source)).body.data;
    return [revision, undoes, redoes];
  };
  expect(await stateOf(chief)).toEqual([3, 2, null]);
  expect((await chief.revert(source, 'undo')).body.data).toMatchObject({
    revision: 4,
    undoes: 1,
    redoes: 4,
  });
  expect(await served()).toEqual([`*${moon[0]}`, ...before.slice(1)]);
  await chief.revert(source, 'undo');
  expect(await served()).toEqual(before.slice(1));
  expect(await stateOf(chief)).toEqual([5, null, 5]);
  expect((await chief.revert(source, 'undo')).body.error).toMatchObject({
    status: 400,
    message: 'There is no change of yours to undo',
  });
  await chief.revert(source, 'redo');
  await chief.revert(source, 'redo');
  expect(await served()).toEqual([`*${moon[0]}`, `*${moon[1]}`, ...before.slice(1)]);
  expect(await stateOf(second)).toEqual([7, 3, null]);
  const { data } = (await chief.events(source)).body;
  expect(data.map(({ direction }: { direction: string | null }) => direction)).toEqual(['redo', 'redo', 'undo', 'undo', null, null, null]); // prettier-ignore
});

test('a change is undone once, however often the answer is lost', async () => {
  await curate({ pins: [moon[0]] });
  await curate({ pins: [moon[0], moon[1]], revision: 1 });
  const place = `/related-articles/curations/${ARTICLE}/${source}`;
  const revert = (direction: string, step: unknown) =>
    chief.request('post', `${place}/${direction}`, { locale: 'en', step });
  for (let times = 0; times < 2; times += 1) {
    const { status, body } = await revert('undo', 2);
    expect([status, body.data?.revision, body.data?.undoes, body.data?.redoes]).toEqual([200, 3, 1, 3]); // prettier-ignore
  }
  for (let times = 0; times < 2; times += 1) {
    const { status, body } = await revert('redo', 3);
    expect([status, body.data?.revision]).toEqual([200, 4]);
  }
  // By now, another change would be undone next.
  const { status, body } = await revert('undo', 1);
  expect([status, body.error.message]).toEqual([400, 'There is no such change of yours to undo']);
  expect((await revert('undo', 'x')).status).toBe(400);
  expect((await served()).slice(0, 2)).toEqual([`*${moon[0]}`, `*${moon[1]}`]);
});

test('an undo is refused if somebody has changed the same entry since', async () => {
  const second = await Editor.create(running, 'Second');
  await curate({ pins: [moon[0]] });
  await curate({ pins: [], exclusions: [moon[0]], revision: 1 }, second);
  expect((await chief.curation(source)).body.data.undoes).toBeNull();
  expect((await chief.revert(source, 'undo')).status).toBe(400);
  expect((await second.revert(source, 'undo')).status).toBe(200);
  expect((await served())[0]).toBe(`*${moon[0]}`);
});

test('a write ends a pin when its end date is due', async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await curate({ pins: [{ reference: moon[0], until }, moon[1]] });
  const { data } = await chief.list({ documentId: source });
  expect(data.rows.map((row) => row.until).slice(0, 2)).toEqual([until, null]);
  expect((await served()).slice(0, 2)).toEqual([`*${moon[0]}`, `*${moon[1]}`]);
  const { maintenance } = appOf(running.strapi);
  await maintenance.endPins(new Date(Date.parse(until) - 1));
  expect((await served())[0]).toBe(`*${moon[0]}`);
  await maintenance.endPins(new Date(until));
  expect((await served())[0]).toBe(`*${moon[1]}`);
  const far = { pins: [{ reference: moon[0], until: '9999-12-31T23:59:59-01:00' }], revision: 2 };
  expect((await chief.curate(source, far)).body.error.message).toMatch(
    /^pins\.0\.until: expected a date before the year 10000, got /,
  );
  const events = (await chief.events(source)).body.data;
  expect(events[0]).toMatchObject({
    action: 'ended',
    editor: null,
    unpinned: [{ title: 'Moon 0' }],
  });
  expect((await chief.curate(source, { pins: [{ reference: moon[0], until: 'soon' }], revision: 2 })).body.error.message).toBe('pins.0.until: expected a date such as 2026-03-01T12:00:00.000Z, got "soon"'); // prettier-ignore
});

test('a clock that jumps ends no pins and deletes no history', async () => {
  const { strapi } = running;
  const until = new Date(Date.now() + 86_400_000).toISOString();
  await curate({ pins: [{ reference: moon[0], until }, moon[1]] });
  const known = (await chief.events(source)).body.data;
  const { index, maintenance } = appOf(strapi);
  const real = Date.now;
  const steady = new Clock(strapi.db, { raise: () => undefined, resolve: () => undefined });
  const jumped = jest.spyOn(Date, 'now').mockImplementation(() => real() + 400 * 86_400_000);
  const raised: string[] = [];
  const problems = {
    raise: (what: string, error: Error) => void raised.push(`${what}: ${error.message}`),
    resolve: () => undefined,
  };
  try {
    expect(await steady.now()).toBeNull();
    await maintenance.sweep();
    await index.sweep();
    // A clock that is wrong from the start differs from the database's clock.
    expect(await new Clock(strapi.db, problems).now()).toBeNull();
    expect(raised).toEqual([expect.stringMatching(/of this machine is 576000 minutes ahead of/)]);
  } finally {
    jumped.mockRestore();
  }
  // The clock jumped back a moment ago.
  expect(await steady.now()).toBeNull();
  await maintenance.sweep();
  expect((await chief.events(source)).body.data).toEqual(known);
  expect((await served())[0]).toBe(`*${moon[0]}`);
  expect(await new Clock(strapi.db, problems).now()).toBeInstanceOf(Date);
});

test('trusts a clock at once only if the last write before the start is recent', async () => {
  const { db } = running.strapi;
  const sink = { raise: () => undefined, resolve: () => undefined };
  const changes = () => db.connection('related_articles_changes');
  const [{ id, created_at: before }] = await changes().orderBy('id').limit(1);
  const wroteAt = async (hours: number) => {
    await changes().where({ id }).update({ created_at: Math.round(performance.timeOrigin - hours * 3_600_000) }); // prettier-ignore
    return new Clock(db, sink);
  };
  expect(await (await wroteAt(0.5)).now()).toBeInstanceOf(Date);
  expect(await (await wroteAt(1.5)).now()).toBeNull();
  await changes().where({ id }).update({ created_at: before });
});

test('an entry that is never to be suggested is in no list, pinned or not, until it is allowed again', async () => {
  const [first] = await served();
  await curate({ pins: [moon[0]] });
  const hide = async (documentId: string, hidden: boolean, revision: number) =>
    expect((await chief.curate(documentId, { hidden, revision })).status).toBe(200);
  await hide(first, true, 0);
  await hide(moon[0], true, 0);
  expect(await served()).toEqual(bread.filter((id) => id !== first).sort(byPlace(await served())));
  const { data } = await chief.list({ documentId: source });
  expect(data.rows[0]).toMatchObject({ title: 'Moon 0', state: 'hidden', origin: 'pinned' });
  // What is worked out for the overview and for pages that are built is what visitors get.
  const { options, engine, curations, types } = appOf(running.strapi);
  const lists = new ServedLists({ options, engine, curations });
  const made = await lists.of(types.get(ARTICLE) as never, 'en', [source], new Set());
  const readers = await served();
  expect(made.get(source)?.slice(0, readers.length).map(({ documentId }) => documentId)).toEqual(readers); // prettier-ignore
  expect((await chief.appearances(first)).body.data).toMatchObject({ state: 'hidden', fits: [] });
  expect((await chief.list({ documentId: first })).meta.curation.isHidden).toBe(true);
  await hide(first, false, 1);
  expect(await served()).toContain(first);
  expect((await chief.events(first)).body.data.map(({ hidden }: { hidden: boolean }) => hidden)).toEqual([false, true]); // prettier-ignore
  // The rule is about this entry, so a duplicate of it may be suggested.
  const copied = { title: 'Copy' };
  const cloned = await articles().clone({ documentId: moon[0], data: copied } as never);
  await running.settled();
  const copy = (cloned as unknown as { documentId: string }).documentId;
  expect((await chief.curation(copy)).body.data.isHidden).toBe(false);
});

const byPlace = (list: readonly string[]) => (a: string, b: string) =>
  list.indexOf(a) - list.indexOf(b);

/** Enough unique words to keep a text from counting as a copy of another. */
const own = (i: number) => Array.from({ length: 20 }, (_, at) => `word${i}x${at}`).join(' ');

test('gives more candidates on demand, and says which of them the text links to', async () => {
  const linked = await create('Linked', `${BREAD[0]} [that](/articles/bread-0)`);
  for (let i = 0; i < 8; i += 1) await create(`Loaf ${i}`, `${two(BREAD, i)} ${own(i)}`);
  await running.settled();
  const plain = await chief.list({ documentId: linked });
  expect(plain.data.more).toEqual([]);
  const { data } = await chief.list({ documentId: linked, more: true });
  expect(data.rows).toEqual(plain.data.rows);
  expect(data.more.length).toBeGreaterThan(0);
  const all = [...data.rows, ...data.more];
  expect(new Set(all.map(({ reference }) => reference)).size).toBe(all.length);
  expect(all.filter(({ isLinked }) => isLinked).map(({ title }) => title)).toEqual(['Bread 0']);
});

test('a duplicate that was never saved has the relations of its original', async () => {
  const categories = running.strapi.documents('api::category.category');
  const { documentId: category } = await categories.create({ data: { name: 'Kitchen' }, status: 'published' } as never); // prettier-ignore
  const original = await create('Notes', 'Nothing much.', { category });
  const other = await create('Other notes', 'Little else.', { category });
  await running.settled();
  const values = { title: 'Notes', body: 'Nothing much.' };
  /** The categories given as a reason. */
  const shared = async (body: object) => {
    const { data } = await chief.list({ values, ...body });
    const row = data.rows.find(({ reference }) => reference === other);
    return row?.explanation?.taxonomy.category ?? [];
  };
  expect(await shared({})).toEqual([]);
  expect(await shared({ copyOf: original })).toEqual(['Kitchen']);
  const relations = { category: { connect: [], disconnect: [{ documentId: category }] } };
  expect(await shared({ copyOf: original, relations })).toEqual([]);
  const author = await Editor.create(running, 'Author', authorGrants());
  expect((await author.suggestions({ values, copyOf: original })).status).toBe(403);
});

test('the card of an entry shows its excerpt, category and date, as far as the editor may read them', async () => {
  const date = '2026-02-01T00:00:00.000Z';
  const documentId = await create('Rye', `## Rye\n\n${BREAD.join(' ')}`, { date });
  await running.settled();
  const { data } = (await chief.card(documentId)).body;
  expect(data).toMatchObject({ title: 'Rye', published: true, date, image: null, groups: [] });
  expect(data.excerpt).toMatch(/^Rye .* …$/);
  expect(data.excerpt.length).toBeLessThan(250);
  expect((await chief.card('nosuch')).status).toBe(404);
  const grants = [...onArticles(['read'], { conditions: ['admin::is-creator'] }), { action: SEE }];
  const author = await Editor.create(running, 'Reader', grants);
  expect((await author.card(documentId)).status).toBe(404);
});

test('an undo never reaches past the history that is kept', async () => {
  await curate({ pins: [moon[0]] });
  await curate({ pins: [moon[0], moon[1]], revision: 1 });
  await running.strapi.db
    .query('plugin::related-articles.curation-event' as never)
    .deleteMany({ where: { revision: 1 } as never });
  expect((await chief.curation(source)).body.data).toMatchObject({ undoes: null });
  expect((await chief.revert(source, 'undo')).status).toBe(400);
  expect((await served()).slice(0, 2)).toEqual([`*${moon[0]}`, `*${moon[1]}`]);
  await curate({ pins: [moon[1]], revision: 2 });
  await chief.revert(source, 'undo');
  expect((await served()).slice(0, 2)).toEqual([`*${moon[0]}`, `*${moon[1]}`]);
});

test('a refusal never names an entry that the editor may not read', async () => {
  await curate({ pins: [moon[0]] });
  const author = await Editor.create(running, 'Blind', authorGrants(['read', 'update']));
  await running.strapi.db
    .query(ARTICLE)
    .updateMany({ where: { documentId: source }, data: { createdBy: author.id } as never });
  const { data } = await author.list({ documentId: source });
  const [{ reference, state }] = data.rows;
  expect(state).toBe('masked');
  for (const body of [
    { pins: [reference, reference] },
    { pins: [reference], exclusions: [reference] },
  ]) {
    const answer = await author.curate(source, { ...body, revision: 1 });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain(moon[0]);
  }
});

test('undo stops where the history it reads ends, and never redoes a change', async () => {
  const pins: string[] = [];
  for (let at = 0; at < 40; at += 1) {
    pins.push(await create(`More ${at}`, two(BREAD, at % 3)));
    await curate({ pins, revision: at });
  }
  const counts: number[] = [];
  for (;;) {
    const answer = await chief.revert(source, 'undo');
    if (answer.status !== 200) break;
    counts.push((await chief.list({ documentId: source })).data.rows.filter(isPinned).length);
  }
  expect(counts.length).toBeGreaterThan(20);
  expect(counts).toEqual([...counts].sort((a, b) => b - a));
  // If not all steps can be redone in order, redo does not skip any.
  const left = (await chief.list({ documentId: source })).data.rows.filter(isPinned).length;
  for (let steps = 0; ; steps += 1) {
    if ((await chief.revert(source, 'redo')).status === 200) continue;
    const rows = (await chief.list({ documentId: source })).data.rows.filter(isPinned);
    expect(rows.map(({ reference }) => reference)).toEqual(pins.slice(0, left + steps));
    break;
  }
});

test('a save says whether it merged in changes of others', async () => {
  const second = await Editor.create(running, 'Merging');
  expect((await curate({ pins: [moon[1]] }, second)).isMerged).toBe(false);
  expect(await curate({ pins: [moon[0]] })).toMatchObject({ revision: 2, isMerged: true });
  // Even if nothing had to be written.
  expect(await curate({ pins: [moon[0]] })).toMatchObject({ revision: 2, isMerged: true });
  expect(await served()).toEqual(expect.arrayContaining([`*${moon[0]}`, `*${moon[1]}`]));
});

test('a pin that is sent again does not override what others have decided since', async () => {
  const place = `/related-articles/curations/${ARTICLE}/${source}/pins`;
  const pin = async (sentBefore?: number) => {
    const asked = { documentId: moon[0], locale: 'en', sentBefore };
    const { status } = await chief.request('post', place, asked);
    return status;
  };
  const second = await Editor.create(running, 'Meanwhile');
  expect(await pin()).toBe(200);
  expect(await pin(60_000)).toBe(200);
  await curate({ exclusions: [moon[0]], revision: 1 }, second);
  expect(await pin(60_000)).toBe(409);
  expect(await served()).not.toContain(`*${moon[0]}`);
  expect(await pin()).toBe(400);
  expect(await pin(-1)).toBe(400);
});

test('a save does not override what others have decided since, even if they have decided for what was there before', async () => {
  const second = await Editor.create(running, 'Back');
  const [a, b, c] = moon;
  const status = async (body: object) => (await chief.curate(source, body)).status;
  await curate({ pins: [a] });
  await curate({ pins: [], revision: 1 }, second);
  // The answer to the first was lost.
  expect(await status({ pins: [a], revision: 0 })).toBe(409);
  await curate({ pins: [b, c], revision: 2 });
  await curate({ pins: [c, b], exclusions: [a], hidden: true, revision: 3 }, second);
  await curate({ pins: [b, c], revision: 4, hidden: false }, second);
  expect(await status({ pins: [c, b], revision: 3 })).toBe(409);
  expect(await status({ pins: [b, c], exclusions: [a], revision: 3 })).toBe(409);
  expect(await status({ pins: [b, c], hidden: true, revision: 3 })).toBe(409);
  // About another entry.
  expect((await curate({ pins: [b, c, bread[0]], revision: 3 })).isMerged).toBe(false);
  expect(await served()).toEqual(expect.arrayContaining([`*${b}`, `*${c}`, `*${bread[0]}`]));
});

test('a locale must be spelt as it is stored, even if the database ignores case', async () => {
  const place = `/related-articles/curations/${ARTICLE}/${source}/pins`;
  const { status, body } = await chief.request('post', place, {
    documentId: moon[0],
    locale: 'EN',
  });
  expect([status, body.error?.message]).toEqual([400, 'locale: there is no locale "EN"']);
});

test('a pin that has ended does not block an undo', async () => {
  await curate({ pins: [moon[1]] });
  const until = new Date(Date.now() + 60_000).toISOString();
  await curate({ pins: [moon[1], { reference: moon[0], until }], revision: 1 });
  await appOf(running.strapi).maintenance.endPins(new Date(Date.now() + 120_000));
  expect(await served()).toContain(`*${moon[1]}`);
  expect((await chief.revert(source, 'undo')).status).toBe(200);
  expect(await served()).not.toContain(`*${moon[1]}`);
});

test('a pin that has ended does not block the undo of its end date, and can be pinned again', async () => {
  await curate({ pins: [moon[1]] });
  await curate({ pins: [moon[1], moon[0]], revision: 1 });
  const until = new Date(Date.now() - 60_000).toISOString();
  await curate({ pins: [moon[1], { reference: moon[0], until }], revision: 2 });
  // Not yet removed, and no pin any more.
  const add = `/related-articles/curations/${ARTICLE}/${source}/pins`;
  expect((await chief.request('post', add, { documentId: moon[0] })).status).toBe(200);
  await appOf(running.strapi).maintenance.endPins(new Date());
  expect(await served()).toContain(`*${moon[0]}`);
  expect((await chief.revert(source, 'undo')).status).toBe(200);
  await appOf(running.strapi).maintenance.endPins(new Date());
  expect((await chief.revert(source, 'undo')).status).toBe(200);
  expect((await served()).filter((one) => one.startsWith('*'))).toEqual([]);
});

test('a pin that ends meanwhile makes no conflict', async () => {
  const until = new Date(Date.now() - 60_000).toISOString();
  await curate({ pins: [{ reference: moon[0], until }, moon[1]] });
  await appOf(running.strapi).maintenance.endPins(new Date());
  await curate({ pins: [moon[1], { reference: moon[0], until }], revision: 1 });
  expect((await served()).filter((one) => one.startsWith('*'))).toEqual([`*${moon[1]}`]);
});

test('an author cannot find out what a masked pin is by sending guesses', async () => {
  const author = await Editor.create(running, 'Author of masks', authorGrants());
  const mine = await writtenBy(author, 'Mine');
  expect((await chief.curate(mine, { pins: [moon[0]] })).status).toBe(200);
  const [{ reference }] = (await author.list({ documentId: mine })).data.rows;
  const said = async (id: string) => {
    const answers = [
      await author.curate(mine, { pins: [reference, id], revision: 1 }),
      await author.curate(mine, { pins: [reference], exclusions: [id], revision: 1 }),
      await author.request('post', `/related-articles/curations/${ARTICLE}/${mine}/pins`, { documentId: id }), // prettier-ignore
    ];
    return answers.map(({ status, body }) => [status, body.error?.message.replaceAll(id, 'it')]);
  };
  expect(await said(moon[0])).toEqual(await said(moon[1]));
});

test('an author cannot find out what a masked pin is by guessing what to undo, or by stamps', async () => {
  const author = await Editor.create(running, 'Author who undoes', authorGrants());
  const mine = await writtenBy(author, 'Undone');
  expect((await chief.curate(mine, { pins: [moon[0]] })).status).toBe(200);
  const [{ reference }] = (await author.list({ documentId: mine })).data.rows;
  for (const [at, pins] of [[], [reference]].entries()) {
    expect((await author.curate(mine, { pins, revision: 1 + at })).status).toBe(200);
  }
  const place = `/related-articles/curations/${ARTICLE}/${mine}/undo`;
  const said = async (pin: string) => {
    const { status, body } = await author.request('post', place, { pin });
    return [status, body.error?.message.replaceAll(pin, 'it')];
  };
  expect(await said(moon[0])).toEqual(await said(moon[1]));
  expect((await chief.list({ documentId: mine })).data.rows[0].origin).toBe('pinned');
  const stampOf = async (id: string) => (await chief.list({ documentId: id })).meta.curation.stamp;
  const other = await writtenBy(author, 'With the same pin');
  expect((await chief.curate(other, { pins: [moon[0]] })).status).toBe(200);
  expect(await stampOf(other)).not.toBe(await stampOf(mine));
});

test('nobody undoes what somebody else wanted too', async () => {
  const second = await Editor.create(running, 'Second');
  expect((await chief.curate(source, { pins: [moon[0]] })).status).toBe(200);
  const { revision } = (await chief.curation(source)).body.data;
  // The second editor has not seen it yet.
  const { body } = await second.curate(source, {
    pins: [moon[0], moon[1]],
    revision: revision - 1,
  });
  expect(body.data.revision).toBe(revision + 1);
  expect((await chief.revert(source, 'undo')).status).toBe(400);
  expect((await second.revert(source, 'undo')).status).toBe(200);
  expect(await served()).toContain(`*${moon[0]}`);
  const { body: history } = await chief.events(source);
  expect(history.data[1].pinned.map((one: { reference: string }) => one.reference)).toEqual([moon[0], moon[1]]); // prettier-ignore
  // The same for an entry that is never to be suggested.
  const never = { documentIds: [source], decision: 'never' };
  for (const editor of [chief, second, second]) {
    const { body: told } = await editor.request('post', `/related-articles/overview/${ARTICLE}/decisions`, never); // prettier-ignore
    expect(told.data.done).toEqual([source]);
  }
  expect((await chief.revert(source, 'undo')).status).toBe(400);
  expect((await chief.curation(source)).body.data).toMatchObject({ isHidden: true, revision: revision + 4 }); // prettier-ignore
  // And for one pin more, and for all of them less.
  const add = `/related-articles/curations/${ARTICLE}/${source}/pins`;
  for (const editor of [chief, second, second]) {
    expect((await editor.request('post', add, { documentId: bread[0] })).status).toBe(200);
  }
  expect((await chief.revert(source, 'undo')).status).toBe(400);
  for (const editor of [chief, second]) {
    const automatic = { documentIds: [source], decision: 'automatic' };
    await editor.request('post', `/related-articles/overview/${ARTICLE}/decisions`, automatic);
  }
  expect((await chief.revert(source, 'undo')).status).toBe(400);
  const { body: last } = await chief.events(source);
  expect(last.data[0].unpinned).toHaveLength(3);
});

test('the mask of an entry that others have unpinned does not pin it again', async () => {
  const author = await Editor.create(running, 'Author of another', authorGrants());
  const mine = await writtenBy(author, 'Another');
  expect((await chief.curate(mine, { pins: [moon[0]] })).status).toBe(200);
  const { body: removed } = await chief.curate(mine, { revision: 1 });
  const { body: history } = await author.events(mine);
  const { reference } = history.data[0].unpinned[0];
  expect(reference).toMatch(/^masked:/);
  const { revision } = removed.data;
  const { status, body } = await author.curate(mine, { pins: [reference], revision });
  expect([status, body.error?.message]).toEqual([400, expect.stringContaining('does not name a saved entry')]); // prettier-ignore
  // Not even if the author has unpinned it earlier.
  const other = await writtenBy(author, 'Yet another');
  for (const [editor, pins] of [
    [chief, [moon[0]]],
    [author, []],
    [chief, [moon[0]]],
    [chief, []],
  ] as const) {
    const now = (await chief.curation(other)).body.data?.revision ?? 0;
    expect((await editor.curate(other, { pins, revision: now })).status).toBe(200);
  }
  expect((await author.curate(other, { pins: [reference], revision: 4 })).status).toBe(400);
  // Nor if both have, whoever came first.
  const both = await writtenBy(author, 'By both');
  expect((await chief.curate(both, { pins: [moon[0]] })).status).toBe(200);
  for (const editor of [author, chief]) {
    expect((await editor.curate(both, { revision: 1 })).status).toBe(200);
  }
  expect((await author.curate(both, { pins: [reference], revision: 3 })).status).toBe(400);
});

test('the mask of an exclusion pins nothing, and "Pin there" does not undo an exclusion', async () => {
  const author = await Editor.create(running, 'Author of a third', authorGrants());
  const mine = await writtenBy(author, 'Third');
  expect((await chief.curate(mine, { exclusions: [moon[0]] })).status).toBe(200);
  const [{ reference }] = (await author.list({ documentId: mine })).data.exclusions;
  expect(reference).toMatch(/^masked:/);
  const { status, body } = await author.curate(mine, { pins: [reference], revision: 1 });
  expect([status, body.error?.message]).toEqual([400, expect.stringContaining('does not name a saved entry')]); // prettier-ignore
  // Editors may keep what they may not read.
  expect((await author.curate(mine, { exclusions: [reference], revision: 1 })).status).toBe(200);
  // Not even what they once took out themselves.
  const other = await writtenBy(author, 'Fourth');
  expect((await chief.curate(other, { pins: [moon[0]] })).status).toBe(200);
  expect((await author.curate(other, { revision: 1 })).status).toBe(200);
  expect((await chief.curate(other, { exclusions: [moon[0]], revision: 2 })).status).toBe(200);
  expect((await author.curate(other, { pins: [reference], revision: 3 })).status).toBe(400);
  const second = await Editor.create(running, 'Second chief');
  const pinned = await second.pin(mine, moon[0]);
  expect([pinned.status, pinned.body.error?.message]).toEqual([400, 'An editor has excluded that entry from this list']); // prettier-ignore
  expect((await chief.curation(mine)).body.data.revision).toBe(1);
});

test('a long history is answered quickly', async () => {
  const ids = (await Promise.all(Array.from({ length: 100 }, (_, at) => create(`Out ${at}`, 'x')))); // prettier-ignore
  for (let at = 0; at < 50; at += 1) {
    const exclusions = [...Array.from({ length: 400 }, (_, i) => ids[(at + i) % 100])];
    await curate({ exclusions: [...new Set(exclusions)], pins: [moon[at % 2]], revision: at });
  }
  const started = processorTime();
  expect((await chief.events(source)).status).toBe(200);
  expect(processorTime() - started).toBeLessThan(FAR_TOO_LONG_MS);
});

const isPinned = ({ origin }: { origin: string }) => origin === 'pinned';
