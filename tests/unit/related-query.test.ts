import fc from 'fast-check';
import { parseQuery, parseReference } from 'plugin/controllers/rest/related-query';

const LIMITS = { exclude: 100, sources: 100 };

test('an empty query has defaults', () => {
  expect(parseQuery({}, LIMITS)).toEqual({
    status: 'published',
    pagination: {},
    exclude: [],
    explain: false,
    inline: false,
  });
});

test('numbers, flags and lists arrive as text and are read', () => {
  expect(
    parseQuery(
      {
        minScore: '.25',
        explain: 'true',
        exclude: 'a, b,,c',
        pagination: { start: '0', limit: '-1', withCount: '0' },
      },
      LIMITS,
    ),
  ).toMatchObject({
    minScore: 0.25,
    explain: true,
    exclude: ['a', 'b', 'c'],
    pagination: { start: 0, limit: -1, withCount: false },
  });
});

test.each<[Record<string, unknown>, RegExp]>([
  [{ minScor: '1' }, /^minScor: there is no such parameter\. Did you mean "minScore"\?/],
  [{ sort: 'title' }, /^sort: there is no such parameter/],
  [{ _q: 'x' }, /^_q: there is no such parameter/],
  [{ publicationFilter: 'x' }, /^publicationFilter: there is no such parameter/],
  [{ minScore: '2' }, /^minScore: expected a number from 0 to 1.*, got "2"/],
  [{ minScore: ['1'] }, /^minScore: expected .*, got \["1"\]/],
  [{ explain: 'yes' }, /^explain: expected true or false.*, got "yes"/],
  [
    { pagination: { limt: '1' } },
    /^pagination\[limt\]: there is no such parameter\. Did you mean "pagination\[limit\]"\?/,
  ],
  [{ pagination: { limit: '1.5' } }, /^pagination\[limit\]: expected .*, got "1\.5"/],
  [{ pagination: { page: '0' } }, /^pagination\[page\]: expected .*, got "0"/],
  [{ pagination: '5' }, /^pagination: expected .*, got "5"/],
  [{ locale: '*' }, /^locale: expected one locale code.*, got "\*"/],
  [{ locale: ['en', 'de'] }, /^locale: /],
  [{ status: 'any' }, /^status: expected .*, got "any"/],
  [
    { exclude: Array(101).fill('x').join(',') },
    /^exclude: expected at most 100 documentIds, got 101/,
  ],
])('%j is refused', (query, message) => {
  expect(() => parseQuery(query, LIMITS)).toThrow(message);
});

test('whatever is sent is read or refused with a 400, and quickly', () => {
  const key = fc.constantFrom(
    'minScore',
    'pagination',
    'exclude',
    'locale',
    'status',
    'explain',
    '__proto__',
    'constructor',
  );
  fc.assert(
    fc.property(fc.dictionary(key, fc.anything({ maxDepth: 3 })), (query) => {
      try {
        parseQuery(query, LIMITS);
      } catch (error) {
        expect((error as Error).name).toBe('ValidationError');
        expect((error as Error).message.length).toBeLessThan(500);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a reference of absurd length is refused', () => {
  expect(() => parseReference('x'.repeat(256))).toThrow(/at most 255/);
});
