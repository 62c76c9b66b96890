import fc from 'fast-check';

import { firstFree, slugOf } from '../../src/documents/slug';
import { SlugReservations } from '../../src/documents/slug-reservations';

test.each([
  ['Crème brûlée & co', 'en', 'creme-brulee-and-co'],
  ['Straßenbäume über München', 'de', 'strassenbaeume-ueber-muenchen'],
  ['Хлеб и соль', 'ru', 'hleb-i-sol'],
  ['  What?!  Again…  ', 'en', 'what-again'],
])('%s (%s) becomes %s', (title, locale, slug) =>
  expect(slugOf(title, locale, 'article')).toBe(slug),
);

test('a title without Latin letters gets the same fallback each time', () => {
  const slug = slugOf('日本の庭', 'ja', 'article');
  expect(slug).toMatch(/^article-[0-9a-f]{8}$/);
  expect(slugOf('日本の庭', 'ja', 'article')).toBe(slug);
  expect(slugOf('日本の茶', 'ja', 'article')).not.toBe(slug);
});

test('whatever the title, the slug is one that Strapi accepts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), (title) => {
      expect(slugOf(title, 'en', 'article')).toMatch(/^[a-z0-9][a-z0-9-]{0,100}$/i);
    }),
  );
});

test('suffixes count up from 1', () => {
  const taken = new Set(['bread', 'bread-1']);
  expect(firstFree('bread', (slug) => taken.has(slug))).toBe('bread-2');
});

describe('reservations', () => {
  const choose = (_: unknown, isReserved: (key: string) => boolean) =>
    isReserved('bread') ? null : 'bread';

  test('a key is held against others until it is released', async () => {
    const reservations = new SlugReservations();
    expect(await reservations.reserve('a', async () => null, choose)).toBe('bread');
    expect(await reservations.reserve('b', async () => null, choose)).toBeNull();
    expect(await reservations.reserve('a', async () => null, choose)).toBe('bread');
    reservations.release('bread');
    reservations.release('bread');
    expect(await reservations.reserve('b', async () => null, choose)).toBe('bread');
  });

  test('a look-up that began before the release still sees the key as taken', async () => {
    const reservations = new SlugReservations();
    await reservations.reserve('a', async () => null, choose);
    const late = reservations.reserve('b', async () => reservations.release('bread'), choose);
    expect(await late).toBeNull();
  });
});
