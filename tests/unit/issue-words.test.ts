import { counted } from 'plugin/config/counted';
import { saying } from 'plugin/config/issue-words';
import { z } from 'zod';

const said = (schema: z.ZodType, value: unknown) =>
  saying(schema.safeParse(value, { reportInput: true }).error!.issues[0]);

test.each<[z.ZodType, unknown, string]>([
  [z.object({}), null, 'expected an object, got null'],
  [z.array(z.string()), 'a', 'expected a list, got "a"'],
  [z.array(z.string()).min(1), [], 'expected at least 1 in the list'],
  [z.array(z.string()).max(1), ['a', 'b'], 'expected at most 1 in the list'],
  [z.string().min(2), 'a', 'expected at least 2 characters, got "a"'],
  [z.number().max(3), 4, 'expected at most 3, got 4'],
  [z.number().gt(3), 3, 'expected more than 3, got 3'],
  [z.literal(1), 2, 'expected 1, got 2'],
  [z.literal('one'), 2, 'expected "one", got 2'],
  [z.enum(['one', 'two']), 'three', 'expected one of "one", "two", got "three"'],
  [z.strictObject({}), { a: 1 }, 'there is no field "a"'],
  [z.string().min(2, 'expected two, got one'), 'a', 'expected two, got one'],
])('%#: a mistake is told in our own words', (schema, value, words) => {
  expect(said(schema, value)).toBe(words);
});

test('a noun follows its number', () => {
  expect([0, 1, 2].map((count) => counted(count, 'article'))).toEqual([
    '0 articles',
    '1 article',
    '2 articles',
  ]);
});
