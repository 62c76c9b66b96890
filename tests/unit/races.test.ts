import { isGone, isRace, withoutStatement } from 'plugin/cli/races';

const failure = (message: string, more: object = {}) => Object.assign(new Error(message), more);

test.each([
  [failure('connect ECONNREFUSED 127.0.0.1:5432', { code: 'ECONNREFUSED' }), true],
  [failure('select 1 - Connection terminated unexpectedly'), true],
  [failure('begin; - the database system is shutting down', { code: '57P03' }), true],
  [failure('select 1 - Connection lost: The server closed the connection.', { code: 'PROTOCOL_CONNECTION_LOST' }), true], // prettier-ignore
  [failure('insert into `a` values (`x`) - UNIQUE constraint failed', { code: 'SQLITE_CONSTRAINT_UNIQUE' }), false], // prettier-ignore
  [failure('slug "Connection terminated" is already in line 1'), false],
  [null, false],
])('%p tells whether the database is gone: %p', (error, expected) => {
  expect(isGone(error)).toBe(expected);
});

test('gives a database’s message without its statement', () => {
  const statement = `update settings set value = '${'x'.repeat(1000)} - x'`;
  expect(withoutStatement(failure(`${statement} - database is locked`))).toBe('database is locked');
  expect(withoutStatement(failure('a text - of ours'))).toBe('a text - of ours');
  expect(withoutStatement(failure('select 1 - no such table', { code: '42P01' }))).toBe('no such table'); // prettier-ignore
});

test('what PostgreSQL says after a deadlock or a lock timeout counts as a race', () => {
  for (const code of ['40P01', '55P03', '25P02'])
    expect(isRace(failure('no', { code }))).toBe(true);
  expect(isRace(failure('no', { code: '42P01' }))).toBe(false);
});
