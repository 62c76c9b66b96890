import { callerOf, networkOf } from 'plugin/controllers/rest/caller';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::7:1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['', ''],
  ['unknown', 'unknown'],
])('visitors at %s take turns as %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});

test.each<[string, object, object]>([
  ['nobody', {}, { from: '203.0.113.7' }],
  [
    'a user',
    { auth: { strategy: { name: 'users-permissions' }, credentials: { id: 5 } } },
    { from: '203.0.113.7', login: 'users-permissions 5' },
  ],
  [
    'a strategy of the project',
    { auth: { strategy: { name: 'own' }, credentials: { id: 5 } } },
    { from: '203.0.113.7', login: 'own 5' },
  ],
  [
    'a token',
    { auth: { strategy: { name: 'content-api-token' }, credentials: { id: 5 } } },
    { from: 'content-api-token 5' },
  ],
])('%s shares as the caller', (_, state, caller) => {
  expect(callerOf({ ip: '203.0.113.7', state } as never)).toEqual(caller);
});
