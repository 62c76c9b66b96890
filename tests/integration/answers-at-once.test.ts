import { appOf } from 'plugin/app';
import { until } from '../../soak/processes';
import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';

/* Many ask the same at once: one answer is made for all, but never given to a caller who asked after a write. */

const ARTICLE = 'api::article.article';
const AT_ONCE = 20;

let running: Running;

beforeAll(async () => {
  running = await startStrapi();
  await grantPublic(running.strapi, ALL_READS);
  for (const at of [0, 1, 2, 3, 4, 5]) {
    const data = { title: `Bread ${at}`, body: two(BREAD, at) };
    await running.strapi.documents(ARTICLE).create({ data, status: 'published' } as never);
  }
  await appOf(running.strapi).index.check('deep');
  await running.settled();
});
afterAll(() => running.stop());
afterEach(() => jest.restoreAllMocks());

const ask = (place: string) => running.http.get(`/api/${place}`).then((answer) => answer);

/** Holds up the first list, or all lists, until released; then they go on, or fail. */
function held(which: 'first' | 'all', failure?: Error) {
  const { suggestions } = appOf(running.strapi);
  const find = suggestions.find.bind(suggestions);
  let go = () => {};
  let begun = () => {};
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const isFree = new Promise<void>((resolve) => {
    go = resolve;
  });
  const spy = jest.spyOn(suggestions, 'find').mockImplementation(async (...asked) => {
    const isHeld = which === 'all' || spy.mock.calls.length === 1;
    const page = await find(...asked);
    begun();
    if (!isHeld) return page;
    await isFree;
    if (failure) throw failure;
    return page;
  });
  return { spy, hasBegun, go };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('makes one answer for all callers who ask the same at once', async () => {
  const { spy, hasBegun, go } = held('all');
  const first = ask('articles/bread-0/related');
  await hasBegun;
  const others = Array.from({ length: AT_ONCE }, () => ask('articles/bread-0/related'));
  await pause(200);
  go();
  const answers = await Promise.all([first, ...others]);
  for (const { status, body, headers } of answers) {
    expect([status, body, headers.etag]).toEqual([200, answers[0].body, answers[0].headers.etag]);
    expect(headers['cache-control']).toBe('public, no-cache');
  }
  expect(answers[0].body.data.length).toBeGreaterThan(2);
  // While the log is being read, each request makes its own answer.
  expect(spy.mock.calls.length).toBeLessThan(AT_ONCE / 2);
});

test('a caller who asks after a write gets what was written, whatever is being made meanwhile', async () => {
  const { hasBegun, go } = held('first');
  const place = 'articles/bread-1/related?fields=title';
  const before = ask(place);
  await hasBegun;
  const [written] = await running.strapi.documents(ARTICLE).findMany({ filters: { slug: 'bread-2' } } as never); // prettier-ignore
  const { documentId } = written;
  await running.strapi.documents(ARTICLE).update({ documentId, data: { title: 'Loaves' }, status: 'published' } as never); // prettier-ignore
  await running.settled();
  const asked = ask(place);
  await pause(100);
  go();
  const after = await asked;
  expect(JSON.stringify(after.body)).toContain('Loaves');
  expect(JSON.stringify((await before).body)).not.toContain('Loaves');
  expect((await ask(place)).headers.etag).toBe(after.headers.etag);
});

test('if an answer does not come, one of the waiting callers makes it', async () => {
  const { spy, hasBegun, go } = held('first');
  const hanging = ask('articles/bread-3/related');
  await hasBegun;
  const others = Array.from({ length: AT_ONCE }, () => ask('articles/bread-3/related'));
  for (const { status } of await Promise.all(others)) expect(status).toBe(200);
  expect(spy.mock.calls.length).toBeLessThan(AT_ONCE / 2);
  go();
  expect((await hanging).status).toBe(200);
});

test('if an answer fails, one of the waiting callers makes it', async () => {
  const { spy, hasBegun, go } = held('first', new Error('The first one fails'));
  const failing = ask('articles/bread-4/related');
  await hasBegun;
  const others = Array.from({ length: AT_ONCE }, () => ask('articles/bread-4/related'));
  await pause(200);
  go();
  expect((await failing).status).toBe(500);
  for (const { status } of await Promise.all(others)) expect(status).toBe(200);
  expect(spy.mock.calls.length).toBeLessThan(AT_ONCE / 2);
});

test('until the engine has settled after a write, answers are kept and none is confirmed', async () => {
  const { engine, suggestions } = appOf(running.strapi);
  const settle = engine.settle.bind(engine);
  let go = () => {};
  const isFree = new Promise<void>((resolve) => {
    go = resolve;
  });
  const settling = jest.spyOn(engine, 'settle').mockImplementation(async (...asked) => {
    await isFree;
    return settle(...asked);
  });
  const [written] = await running.strapi.documents(ARTICLE).findMany({ filters: { slug: 'bread-0' } } as never); // prettier-ignore
  const { documentId } = written;
  await running.strapi.documents(ARTICLE).update({ documentId, data: { title: 'Rolls' }, status: 'published' } as never); // prettier-ignore
  await until('settling', async () => settling.mock.calls.length > 0, 10_000);
  // Long enough for the log to be read again.
  await pause(1500);
  const place = '/api/articles/bread-5/related?fields=title';
  const first = await running.http.get(place);
  const tag = first.headers.etag;
  expect(JSON.stringify(first.body)).toContain('Rolls');
  const made = jest.spyOn(suggestions, 'find');
  const again = await running.http.get(place).set('If-None-Match', tag);
  expect([again.status, again.body, made.mock.calls.length]).toEqual([200, first.body, 0]);
  go();
  await running.settled();
  const settled = await running.http.get(place).set('If-None-Match', '"another"');
  const { headers } = settled;
  expect((await running.http.get(place).set('If-None-Match', headers.etag)).status).toBe(304);
  expect(made).toHaveBeenCalledTimes(1);
});
