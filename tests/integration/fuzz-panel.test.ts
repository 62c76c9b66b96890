import fc from 'fast-check';

import { Editor } from '../helpers/editors';
import { startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

const ARTICLE = 'api::article.article';
const REQUESTS = 500;
const AT_ONCE = 8;
const SEED = 20261125;
/** Enough editors to stay below the rate limit per editor and controller. */
const EDITORS = Math.ceil(REQUESTS / 150);

let running: Running;
const editors: Editor[] = [];
const ids: string[] = [];

beforeAll(async () => {
  running = await startStrapi();
  running.strapi.log.level = 'silent';
  for (const [i, body] of [...BREAD, ...MOON].entries()) {
    const { documentId } = await running.strapi
      .documents(ARTICLE)
      .create({ data: { title: `Article ${i}`, slug: `article-${i}`, body }, status: 'published' });
    ids.push(documentId);
  }
  for (let i = 0; i < EDITORS; i += 1) editors.push(await Editor.create(running, `Editor ${i}`));
  await running.settled();
});
afterAll(() => running.stop());

const HOSTILE = ['', '\0', 'a\0b', '\ud800', '__proto__', 'constructor', 'masked:', 'masked:abc', '*', 'en', 'de', '../..', '🍞', 'x'.repeat(300), 'x'.repeat(600_000)]; // prettier-ignore
const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 20 }));
/** Stands for a value nested so deeply that it can only be written as text. */
const DEEP = /"deep (\d+) (.)(.)"/g;
const deep = fc
  .tuple(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom('[]', '{}'))
  .map(([depth, brackets]) => `deep ${depth} ${brackets}`);
const written = (body: object | undefined) =>
  body &&
  JSON.stringify(body).replace(DEEP, (_, depth: string, open: string, close: string) =>
    open === '['
      ? open.repeat(+depth) + close.repeat(+depth)
      : `{"children":`.repeat(+depth) + '1' + close.repeat(+depth),
  );
const block = fc.record(
  {
    type: fc.constantFrom('paragraph', 'image', 'link', 'list', 'code', 'heading'),
    text: fc.jsonValue(),
    url: fc.jsonValue(),
    image: fc.oneof(fc.jsonValue(), fc.record({ alternativeText: fc.jsonValue(), name: text })),
    children: fc.oneof(fc.jsonValue(), fc.array(fc.record({ type: text, text }))),
  },
  { requiredKeys: [] },
);
const value = fc.oneof(text, fc.jsonValue({ maxDepth: 4 }), fc.array(block), deep, fc.constantFrom([null], [[null]], { related: [null] })); // prettier-ignore
const attribute = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('title', 'slug', 'excerpt', 'body', 'date', 'category', 'tags') }, // prettier-ignore
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'id', 'documentId', 'createdBy', 'locale') }, // prettier-ignore
);
const documentId = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 5 }).map((i) => () => ids[i] as unknown) },
  { weight: 1, arbitrary: fc.oneof(text, fc.jsonValue({ maxDepth: 1 })).map((of) => () => of) },
);
const list = fc
  .array(documentId, { maxLength: 6 })
  .map((of) => () => of.map((one) => one()) as unknown);
const lists = fc.oneof(
  { weight: 5, arbitrary: list },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }).map((of) => () => of as unknown) },
);
const dated = fc
  .array(
    fc.record({
      reference: documentId,
      until: fc.oneof(
        fc.date().map((date) => (Number.isNaN(date.getTime()) ? 'never' : date.toISOString())),
        fc.constantFrom('+010000-01-01T00:00:00Z', '2027-02-30T00:00:00Z', '2027-01-01'),
        fc.jsonValue({ maxDepth: 1 }),
      ),
    }),
    { maxLength: 3 },
  )
  .map((of) => () =>
    of.map(({ reference, until }) => ({ reference: reference(), until })) as unknown); // prettier-ignore
const entries = fc.oneof(
  fc.array(documentId, { maxLength: 4 }).map((of) => () => of.map((one) => ({ documentId: one() })) as unknown), // prettier-ignore
  fc.jsonValue({ maxDepth: 2 }).map((of) => () => of as unknown),
);
const locale = fc.oneof(fc.constantFrom(undefined, 'en', null), text);
const formed = <T extends object>(record: T) =>
  Object.fromEntries(
    Object.entries(record).map(([name, of]) => [name, typeof of === 'function' ? of() : of]),
  );

interface Asked {
  method: 'get' | 'post' | 'put';
  path: string;
  body?: object;
}

const form = fc
  .record(
    {
      documentId,
      locale,
      status: fc.constantFrom('draft', 'published', 'x'),
      copyOf: documentId,
      more: fc.oneof(fc.boolean(), fc.jsonValue({ maxDepth: 1 })),
      values: fc.oneof(fc.dictionary(attribute, value, { maxKeys: 4 }), fc.jsonValue({ maxDepth: 1 })), // prettier-ignore
      relations: fc.dictionary(attribute, fc.record({ connect: entries, disconnect: entries }), { maxKeys: 2 }).map((of) => () =>
        Object.fromEntries(Object.entries(of).map(([name, delta]) => [name, formed(delta)]))), // prettier-ignore
    },
    { requiredKeys: [] },
  )
  .map((body) => (): Asked => ({
    method: 'post',
    path: `/related-articles/suggestions/${ARTICLE}`,
    body: formed(body),
  }));
const markdown = fc.array(fc.constantFrom('[x](/articles/article-1)', '[x](/articles/gone)', 'Article ', '`', '[', '](', '\n\n', '> '), { maxLength: 40 }).map((parts) => parts.join('')); // prettier-ignore
const links = fc
  .record(
    { documentId, locale, copyOf: documentId, values: fc.record({ title: value, body: fc.oneof(markdown, value) }) }, // prettier-ignore
    { requiredKeys: [] },
  )
  .map((body) => (): Asked => ({
    method: 'post',
    path: `/related-articles/links/${ARTICLE}`,
    body: formed(body),
  }));
const curation = fc
  .record({
    source: documentId,
    locale,
    pins: fc.oneof(lists, dated),
    exclusions: lists,
    hidden: fc.oneof(fc.constantFrom(undefined, true, false), fc.jsonValue({ maxDepth: 1 })),
    revision: fc.oneof(fc.nat({ max: 300 }), fc.jsonValue({ maxDepth: 1 })),
  }) // prettier-ignore
  .map(({ source, ...body }) => (): Asked => ({
    method: 'put',
    path: `/related-articles/curations/${ARTICLE}/${segment(source())}`,
    body: formed(body),
  }));
const pin = fc
  .record({ source: documentId, locale, documentId })
  .map(({ source, ...body }) => (): Asked => ({
    method: 'post',
    path: `/related-articles/curations/${ARTICLE}/${segment(source())}/pins`,
    body: formed(body),
  }));
const step = fc
  .record({ source: documentId, locale, direction: fc.constantFrom('undo', 'redo') })
  .map(({ source, direction, ...body }) => (): Asked => ({
    method: 'post',
    path: `/related-articles/curations/${ARTICLE}/${segment(source())}/${direction}`,
    body: formed(body),
  }));
const reading = fc
  .record({
    of: documentId,
    what: fc.constantFrom('appearances', 'events', 'entries', 'card', 'curation'),
    name: fc.constantFrom('locale', 'query', 'locale[]', 'query[a]', 'x'),
    text,
  })
  .map(({ of, what, name, text: said }) => (): Asked => {
    const entry = `${ARTICLE}/${segment(of())}`;
    const places = {
      appearances: `appearances/${entry}`,
      events: `curations/${entry}/events`,
      curation: `curations/${entry}`,
      card: `entries/${entry}`,
      entries: `entries/${ARTICLE}`,
    };
    const place = places[what];
    return { method: 'get', path: `/related-articles/${place}?${name}=${encodeURIComponent(wellFormed(said).slice(0, 2000))}` }; // prettier-ignore
  });
const asked = fc.oneof(
  { weight: 5, arbitrary: form },
  { weight: 2, arbitrary: curation },
  { weight: 1, arbitrary: pin },
  { weight: 1, arbitrary: step },
  { weight: 2, arbitrary: links },
  { weight: 2, arbitrary: reading },
);

const wellFormed = (said: string) => said.replace(/[\ud800-\udfff]/g, '');
const segment = (of: unknown) =>
  encodeURIComponent(wellFormed(String(typeof of === 'object' ? 'object' : of)).slice(0, 2000)) ||
  'x';

test(`${REQUESTS} hostile requests of the panel's routes are answered, and nothing is a 500`, async () => {
  const requests = fc.sample(asked, { numRuns: REQUESTS, seed: SEED });
  const statuses = new Map<number, number>();
  let next = 0;
  const worker = async () => {
    while (next < requests.length) {
      const mine = next;
      next += 1;
      const { method, path, body } = requests[mine]();
      const { status, body: answer } = await editors[mine % EDITORS].request(
        method,
        path,
        written(body),
      );
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if ([200, 400, 404, 409, 413].includes(status)) continue;
      throw new Error(
        `Seed ${SEED}, request ${mine}: ${status} ${JSON.stringify(answer)} for ${method} ${path} ${JSON.stringify(body).slice(0, 2000)}`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const status of [200, 400, 404]) expect(statuses.get(status)).toBeGreaterThan(10);
  const list = await editors[0].list({ documentId: ids[0] });
  expect(list.data.rows.length).toBeGreaterThan(0);
});
