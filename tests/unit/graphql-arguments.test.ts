import { queryOf } from 'plugin/controllers/graphql/arguments';

test('filters are as in REST, which knows no dates and big integers', () => {
  const day = new Date('2026-03-01T12:00:00.000Z');
  const filters = { day: { $in: [day, null] }, not: { big: { $gt: 9007199254740993n } }, broken: new Date(NaN), n: 1.5 }; // prettier-ignore
  expect(queryOf({ filters }, {} as never, (given) => given)).toEqual({
    filters: {
      day: { $in: ['2026-03-01T12:00:00.000Z', null] },
      not: { big: { $gt: '9007199254740993' } },
      broken: 'Invalid Date',
      n: 1.5,
    },
  });
});
