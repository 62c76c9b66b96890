import type { Schema } from 'plugin/config/attributes';
import { resolveTypes } from 'plugin/config/resolve';
import { validateConfig } from 'plugin/config/validate';
import { readText } from 'plugin/content/text';
import { runAtOnce } from 'plugin/engine/steps';
import { Wholeness } from 'plugin/services/wholeness';

const STORY = 'api::story.story';
const named = (name: string, label: string): Schema => ({
  info: { singularName: name, pluralName: `${name}s` },
  attributes: { [label]: { type: label === 'name' ? 'string' : 'integer' } },
});
const SCHEMAS: Record<string, Schema> = {
  [STORY]: {
    info: { singularName: 'story', pluralName: 'stories' },
    options: { draftAndPublish: true },
    pluginOptions: { i18n: { localized: true } },
    attributes: {
      title: { type: 'string' },
      slug: { type: 'uid' },
      body: { type: 'richtext' },
      words: { type: 'blocks' },
      level: { type: 'integer' },
      rank: { type: 'integer', private: true },
      date: { type: 'datetime' },
      topic: { type: 'relation', relation: 'manyToOne', target: 'api::topic.topic' },
      part: { type: 'relation', relation: 'manyToOne', target: 'api::part.part' },
    },
  },
  'api::topic.topic': named('topic', 'name'),
  'api::part.part': named('part', 'number'),
};
const score = () => 1;
const [[, type]] = resolveTypes(
  validateConfig({
    contentTypes: {
      [STORY]: {
        title: 'title',
        slug: 'slug',
        date: 'date',
        text: { body: 1, words: 1 },
        relations: { topic: 1, part: 1 },
        url: { en: '/articles/:slug', de: '/artikel/:slug' },
        signals: {
          level: { attributes: ['level'], weight: 1, score },
          rank: { attributes: ['rank'], weight: 1, score },
        },
        allowPrivate: ['rank'],
      },
    },
  }),
  SCHEMAS,
);

const paragraph = (...texts: string[]) => ({ type: 'paragraph', children: texts.map((text) => ({ type: 'text', text })) }); // prettier-ignore
const row = {
  documentId: 'a',
  locale: 'de',
  title: 'Rye',
  slug: 'rye',
  date: '2026-01-01T00:00:00.000Z',
  body: 'A loaf, see [the oven](/artikel/oven).',
  words: [paragraph('Feed the starter.'), paragraph('Wait a day.')],
  level: 3,
  rank: 7,
  topic: { documentId: 't', name: 'Bread' },
  part: { documentId: 'p', number: 1 },
};
const isWhole = (answer: object, visible = ['topic', 'part']) =>
  new Wholeness().isWhole(type, { ...row, ...answer }, row, new Set(visible));

test.each<[string, object]>([
  ['as it is stored', {}],
  ['with more', { extra: 'x', body: `${row.body} Subscribe now.` }],
  ['without what readers never get', { rank: undefined }],
  ['without a place', { documentId: undefined, locale: undefined }],
  ['in another order', { body: 'See [the oven](/artikel/oven). A loaf' }],
  ['with a date in another form', { date: new Date(row.date) }],
])('an answer is whole: %s', async (_, answer) => {
  expect(await isWhole(answer)).toBe(true);
});

test.each<[string, object]>([
  ['a title', { title: 'Bread' }],
  ['a slug', { slug: null }],
  ['a word', { body: 'A, see [the oven](/artikel/oven).' }],
  ['a link', { body: 'A loaf, see the oven.' }],
  ['a link of another locale', { body: 'A loaf, see [the oven](/articles/oven).' }],
  ['a block', { words: row.words.slice(0, 1) }],
  ['the end of a block', { words: [row.words[0], paragraph('Wait')] }],
  ['what a signal compares', { level: undefined }],
  ['a signal of another value', { level: 4 }],
  ['a relation', { topic: null }],
  ['the name of a relation', { topic: { documentId: 't' } }],
  ['a relation without a name', { part: null }],
])('an answer lacks something: %s', async (_, answer) => {
  expect(await isWhole(answer)).toBe(false);
});

test('a relation that nobody sees counts by its name alone', async () => {
  expect(await isWhole({ part: undefined }, ['topic'])).toBe(true);
  expect(await isWhole({ topic: undefined }, ['part'])).toBe(false);
});

test('a text that is longer than what is compared counts as cut, unless it is given as written', async () => {
  const long = { ...row, body: `${row.body} ${'word '.repeat(25_000)}` };
  const compare = (answer: object) => new Wholeness().isWhole(type, { ...long, ...answer }, long, new Set(['topic', 'part'])); // prettier-ignore
  expect(await compare({})).toBe(true);
  expect(await compare({ body: `${long.body} more` })).toBe(false);
});

describe('a long text is cut to so many characters', () => {
  const textOf = (body: unknown, words: unknown, most: number) => {
    const { passages, isCut } = runAtOnce(readText(type.text, { body, words }, most));
    return { text: passages.map(({ text }) => text.trim()).join(' | '), isCut };
  };

  test('of one source and the next', () => {
    expect(textOf('Bread', row.words, 10_000)).toEqual({ text: expect.stringMatching(/Bread.*starter.*day/s), isCut: false }); // prettier-ignore
    expect(textOf('Bread rises', null, 5)).toEqual({
      text: expect.stringMatching(/^Bread/),
      isCut: true,
    });
  });

  test('within a block, and within a block of blocks', () => {
    const long = paragraph('Feed it. '.repeat(100), 'Never read.');
    const { text, isCut } = textOf(null, [long], 300);
    expect([text.length > 100, text.length <= 301, isCut]).toEqual([true, true, true]);
    expect(text).not.toContain('Never');
    const item = { type: 'list-item', children: long.children };
    const list = { type: 'list', children: [{ ...item, children: paragraph('First.').children }, item] }; // prettier-ignore
    const inner = textOf(null, [list], 300);
    expect(inner.text).toContain('First.');
    expect([inner.text.length > 50, inner.isCut]).toEqual([true, true]);
  });

  test('however deep it is', () => {
    let block: object = { type: 'text', text: 'bottom' };
    for (let depth = 0; depth < 200_000; depth += 1) block = { type: 'list', children: [block] };
    expect(() => textOf('Bread', [block], 10_000)).not.toThrow();
  });
});
