import { appOf } from 'plugin/app';
import { ALL_READS, FIND_BY_TEXT, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';

/* Questions that only an attacker asks. */

let running: Running;

beforeAll(async () => {
  running = await startStrapi();
  await grantPublic(running.strapi, [...ALL_READS, FIND_BY_TEXT]);
  for (const at of [0, 1, 2]) {
    const data = { title: `Bread ${at}`, body: two(BREAD, at) };
    await running.strapi.documents('api::article.article').create({ data, status: 'published' } as never); // prettier-ignore
  }
  await running.settled();
});
afterAll(() => running.stop());

const ask = (body: object) => running.http.post('/api/related-articles/articles?explain=true&fields=title').send(body); // prettier-ignore

test('texts in locales that do not exist are not even analysed', async () => {
  const { analyzers } = (
    appOf(running.strapi).links as unknown as {
      options: { analyzers: { known: Map<string, unknown> } };
    }
  ).options;
  expect((await ask({ text: BREAD.join(' '), locale: 'en' })).body.data).toHaveLength(3);
  const before = analyzers.known.size;
  for (let at = 0; at < 50; at += 1) {
    const { status, body } = await ask({ title: 'x', text: `[a](/b) ${at}`, locale: `aq-A${at}` });
    expect([status, body.data]).toEqual([200, []]);
  }
  expect(analyzers.known.size).toBe(before);
});

test('refuses a locale that is too long before looking it up', async () => {
  const locale = `en${'-abcdefgh'.repeat(10)}`;
  for (const { status, body } of [
    await ask({ title: 'x', locale }),
    await running.http.get(`/api/articles/bread-0/related?locale=${locale}`),
  ]) {
    expect(status).toBe(400);
    expect(body.error.message).toMatch(
      /^locale: expected one locale code .* at most 50 characters/,
    );
  }
});

test.each(['constructor', 'toString', '__proto__'])(
  'refuses relatedExplain=%s, which is neither true nor false',
  async (value) => {
    const { status, body } = await running.http.get(
      `/api/articles?related=2&relatedExplain=${value}`,
    );
    expect([status, body.error.message]).toEqual([400, expect.stringMatching(/^relatedExplain: expected true or false/)]); // prettier-ignore
  },
);
