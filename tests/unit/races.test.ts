import { isGone, isRace } from 'plugin/cli/races';

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

test('what PostgreSQL says after a deadlock or a lock timeout counts as a race', () => {
  for (const code of ['40P01', '55P03', '25P02'])
    expect(isRace(failure('no', { code }))).toBe(true);
  expect(isRace(failure('no', { code: '42P01' }))).toBe(false);
});
