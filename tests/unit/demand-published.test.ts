import { demandPublished } from 'plugin/permissions/demand-published';

const PUBLISHED = { publishedAt: { $notNull: true } };

test.each([
  { name: 'X' },
  { name: { $ne: 'X' } },
  { name: { $null: 'true' }, age: { $gt: '5' } },
  { name: ['X', 'Y'] },
  { name: { $notNull: 'true' } },
  { team: { name: { $null: false } } },
  { team: { name: 'X' } },
  { team: { $or: [{ name: 'X' }, { age: '5' }] } },
  { team: { $and: [{ name: { $null: 'true' } }, { name: 'X' }] } },
])('the row of %j is a published one', (conditions) => {
  const asked = structuredClone(conditions);
  expect(demandPublished(asked)).toBe(true);
  expect(asked).toEqual({ ...conditions, ...PUBLISHED });
});

test('each part of a group is about a published row', () => {
  const conditions = { $or: [{ name: 'X' }, { id: { $null: 'true' } }] };
  expect(demandPublished(conditions)).toBe(true);
  expect(conditions).toEqual({ $or: [{ name: 'X', ...PUBLISHED }, { id: { $null: 'true' } }] });
});

test.each([
  { id: { $null: 'true' } },
  { documentId: { $eq: null } },
  { id: { $notNull: 'false' }, documentId: null },
  { $eq: '5' },
  {},
])('%j asks only for a row', (conditions) => {
  const asked = structuredClone(conditions);
  expect(demandPublished(asked)).toBe(true);
  expect(asked).toEqual(conditions);
});

test.each([
  { name: { $null: 'true' } },
  { name: { $eq: null } },
  { name: { $null: ['false'] } },
  { team: { $null: true } },
  { team: { name: { $notNull: 'false' } } },
  { $or: [{ name: 'X' }, { name: { $null: 'true' } }] },
  { team: { $or: [{ name: { $null: 'true' } }, { name: 'X' }] } },
  { team: { $or: [{ name: { $notNull: 'false' } }, { name: 'X' }] } },
  { name: ['X', null] },
  { name: { $eq: ['X', null] } },
  { name: { $notIn: [] }, age: { $eq: ['5', null] } },
  { $or: [{ name: 'X' }, { team: { $or: [{ name: 'X' }, { id: { $null: 'true' } }] } }] },
  { name: { $not: { $eq: 'X' } } },
])('%j may hold without a row', (conditions) => {
  expect(demandPublished(structuredClone(conditions))).toBe(false);
});
