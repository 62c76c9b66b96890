import type { Context } from 'koa';
import { cached } from 'plugin/controllers/rest/caching';

const ask = (
  headers: Record<string, string>,
  isForAll: boolean,
  cache = { maxAge: 60, staleWhileRevalidate: 600 },
  state = {},
) => {
  // prettier-ignore
  const sent: Record<string, string> = {};
  const ctx = {
    state,
    status: 404,
    fresh: headers['if-none-match'] !== undefined,
    get: (name: string) => headers[name] ?? '',
    set: (name: string, value: string) => (sent[name] = value),
    vary: (name: string) => (sent.Vary = name),
  };
  const body = cached(ctx as unknown as Context, { data: [] }, cache, isForAll);
  return { status: ctx.status, body, kept: sent['Cache-Control'], tag: sent.ETag };
};

test('what is the same for everybody may be kept as configured', () => {
  expect(ask({}, true).kept).toBe('public, max-age=60, stale-while-revalidate=600');
  expect(ask({}, true, { maxAge: 60, staleWhileRevalidate: 0 }).kept).toBe('public, max-age=60');
  expect(ask({}, true, { maxAge: 0, staleWhileRevalidate: 0 }).kept).toBe('public, no-cache');
});

test('what a login, a token or the project’s own code may have shaped is asked for each time', () => {
  expect(ask({}, false).kept).toBe('private, no-cache');
  expect(ask({ authorization: 'Bearer x' }, true).kept).toBe('private, no-cache');
  expect(ask({}, true, undefined, { user: { id: 1 } }).kept).toBe('private, no-cache');
  expect(ask({}, true, undefined, { auth: { credentials: { id: 1 } } }).kept).toBe('private, no-cache'); // prettier-ignore
});

test('the same body has the same tag, and is not sent twice', () => {
  const first = ask({}, true);
  expect(first).toMatchObject({ status: 200, body: { data: [] } });
  expect(ask({ 'if-none-match': first.tag }, true)).toMatchObject({ status: 304, body: null, tag: first.tag }); // prettier-ignore
});
