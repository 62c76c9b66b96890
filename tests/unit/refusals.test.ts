import { errors } from '@strapi/utils';

import { refusalOf } from 'plugin/controllers/graphql/refusals';
import { SearchFailure } from 'plugin/engine/opensearch/client';

test.each([
  [401, errors.UnauthorizedError],
  [403, errors.ForbiddenError],
  [404, errors.NotFoundError],
  [429, errors.RateLimitError],
  [409, errors.ApplicationError],
])('a refusal with status %d keeps its meaning', (status, kind) => {
  const thrown = Object.assign(new Error('Members only'), { status, expose: true });
  expect(refusalOf(thrown)).toBeInstanceOf(kind);
  expect(refusalOf(thrown)?.message).toBe('Members only');
  // What is not meant for the caller stays here.
  expect(refusalOf(Object.assign(new Error('select secret'), { status }))?.message).not.toMatch(/secret/); // prettier-ignore
});

test('failures are no refusals', () => {
  for (const error of [
    new Error('select 1'),
    Object.assign(new Error(), { status: 500 }),
    new SearchFailure(400, '', 'parse'),
  ]) {
    expect(refusalOf(error)).toBeNull();
  }
});
