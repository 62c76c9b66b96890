import { SearchFailure } from 'plugin/engine/opensearch/client';
import { searchClientOf } from 'plugin/indexing/search-client';

const answering = (answer: unknown) => searchClientOf({ request: () => Promise.resolve(answer) });
const lines = [{ index: {} }, { id: 'a' }];

test.each([
  ['/articles/_search', {}],
  ['/articles/_search', null],
  ['/articles/_search', 'Down for maintenance'],
  ['/_search/scroll', {}],
  ['/articles/_mget', { status: 'ok' }],
  ['/_msearch', {}],
  ['/_bulk', { errors: false, items: [] }],
  ['/articles/_refresh', {}],
])('an answer to %s that is not from a cluster counts as none: %j', async (path, body) => {
  for (const answer of [body, { body, statusCode: 200 }]) {
    const asked = answering(answer).request({ method: 'POST', path, lines });
    await expect(asked).rejects.toThrow(SearchFailure);
    await expect(asked).rejects.toMatchObject({ status: null, isOutage: true });
  }
});

test.each([
  ['/articles/_search', { hits: { hits: [] } }],
  ['/articles/_mget', { docs: [] }],
  ['/_msearch', { responses: [] }],
  ['/_bulk', { items: [{}] }],
  ['/articles/_refresh', { _shards: {} }],
])('passes on an answer to %s', async (path, body) => {
  expect(await answering(body).request({ method: 'POST', path, lines })).toEqual(body);
});

test.each([
  ['/catalog.write/_doc/a', { result: 'created' }],
  ['/articles', { acknowledged: true }],
  ['/catalog/_alias/catalog.write', { acknowledged: true }],
])('a write to %s counts only if the cluster confirms it', async (path, body) => {
  const write = { method: 'PUT', path } as const;
  expect(await answering(body).request(write)).toEqual(body);
  for (const other of [{}, 'Down for maintenance']) {
    await expect(answering(other).request(write)).rejects.toMatchObject({ status: null });
  }
});

test.each([
  [404, '404 page not found', null],
  [404, { message: 'no Route matched' }, null],
  [404, { status: 404, error: 'Not Found' }, null],
  [404, null, null],
  [400, '<html>The plain HTTP request was sent to HTTPS port</html>', null],
  [404, { error: { type: 'index_not_found_exception', reason: 'no such index' } }, 404],
  [404, { _index: 'catalog', _id: 'a', found: false }, 404],
  [404, { _id: 'a', result: 'not_found' }, 404],
  [400, { error: { type: 'illegal_argument_exception', reason: 'no' } }, 400],
  [503, '<html>Down</html>', 503],
])(
  'a failure of status %s with the body %j has the status %s',
  async (statusCode, body, status) => {
    const error = Object.assign(new Error('Response Error'), { meta: { statusCode, body } });
    const client = searchClientOf({ request: () => Promise.reject(error) });
    const asked = client.request({ method: 'GET', path: '/catalog/_doc/a' });
    await expect(asked).rejects.toMatchObject({ status, isOutage: status !== 400 });
  },
);

test.each([
  [401, 'Unauthorized', 'HTTP status 401, Unauthorized'],
  [401, { error: 'Unauthorized' }, 'HTTP status 401, Unauthorized'],
  [403, { message: 'no permissions' }, 'HTTP status 403, no permissions'],
  [502, '<html>\n<h1>Bad Gateway</h1>\n</html>', 'HTTP status 502, Bad Gateway'],
  [502, 'x'.repeat(101), `HTTP status 502, ${'x'.repeat(100)}…`],
  [503, null, 'HTTP status 503'],
  [429, { error: { type: 'circuit_breaking_exception', reason: 'Data too large' } }, 'Data too large'], // prettier-ignore
])('a failure of status %s with the body %j is told as %j', async (statusCode, body, message) => {
  const error = Object.assign(new Error('Response Error'), { meta: { statusCode, body } });
  const client = searchClientOf({ request: () => Promise.reject(error) });
  const asked = client.request({ method: 'GET', path: '/catalog/_search' });
  await expect(asked).rejects.toMatchObject({ message });
});

test('no answer is none with either client', async () => {
  for (const meta of [{ statusCode: 0 }, { statusCode: null }, undefined]) {
    const error = Object.assign(new Error('socket hang up'), { meta });
    const asked = searchClientOf({ request: () => Promise.reject(error) }).request({ method: 'GET', path: '/a' }); // prettier-ignore
    await expect(asked).rejects.toMatchObject({ status: null, isOutage: true, message: 'socket hang up' }); // prettier-ignore
  }
});
