import { tokenType } from 'plugin/permissions/api-tokens';

test('the type of a token is known in every release of Strapi 5', () => {
  const auth = (name: string) => ({ strategy: { name }, credentials: { type: 'full-access' } });
  expect(tokenType(auth('api-token'))).toBe('full-access');
  expect(tokenType(auth('content-api-token'))).toBe('full-access');
  // Other credentials may have a `type` that means anything.
  expect(tokenType(auth('users-permissions'))).toBeNull();
  for (const none of [undefined, null, {}, { credentials: null }])
    expect(tokenType(none)).toBeNull();
});
