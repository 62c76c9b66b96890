import { Problems } from 'plugin/changes/problems';
import { withoutStatement } from 'plugin/content/without-statement';

const failure = (message: string, more: object = {}) => Object.assign(new Error(message), more);

test('gives a database’s message without its statement', () => {
  const statement = `update settings set value = '${'x'.repeat(1000)} - x'`;
  expect(withoutStatement(failure(`${statement} - database is locked`))).toBe('database is locked');
  expect(withoutStatement(failure('a text - of ours'))).toBe('a text - of ours');
  expect(withoutStatement(failure('select 1 - no such table', { code: '42P01' }))).toBe('no such table'); // prettier-ignore
  const path = "EACCES: permission denied, open '/srv/my - site/snapshot'";
  expect(withoutStatement(failure(path, { code: 'EACCES' }))).toBe(path);
});

test('the problems that are told show no statement; the log does', () => {
  const log = { error: jest.fn(), info: jest.fn() };
  const problems = new Problems(log as never);
  problems.raise('the pins cannot be read', failure("select 'secret' from pins - no such table"));
  expect(problems.list().map(({ message }) => message)).toEqual([
    'the pins cannot be read: no such table',
  ]);
  expect(log.error.mock.calls.join()).toContain('secret');
});
