import type { Context } from 'koa';
import { sendsBody, tagged } from 'plugin/controllers/rest/caching';

const CACHE = { maxAge: 0, staleWhileRevalidate: 0, middlewaresOnlyWrite: false };

const ask = (
  headers: Record<string, string>,
  isForAll: boolean,
  cache = { ...CACHE, maxAge: 60, staleWhileRevalidate: 600 },
  state = {},
  mayConfirm = true,
) => {
  const sent: Record<string, string> = {};
  const ctx = {
    state,
    status: 404,
    get: (name: string) => headers[name.toLowerCase()] ?? '',
    set: (name: string, value: string) => (sent[name] = value),
    vary: (name: string) => (sent.Vary = name),
  };
  const { tag } = tagged({ data: [] });
  const isSent = sendsBody(ctx as unknown as Context, tag, { cache, isForAll, mayConfirm });
  return { status: ctx.status, isSent, kept: sent['Cache-Control'], tag: sent.ETag };
};

test('an answer that is the same for everybody may be kept as configured', () => {
  expect(ask({}, true).kept).toBe('public, max-age=60, stale-while-revalidate=600');
  expect(ask({}, true, { ...CACHE, maxAge: 60 }).kept).toBe('public, max-age=60');
  expect(ask({}, true, CACHE).kept).toBe('public, no-cache');
});

test('an answer that a login, a token or the project’s own code may have shaped is checked each time', () => {
  expect(ask({}, false).kept).toBe('private, no-cache');
  expect(ask({ authorization: 'Bearer x' }, true).kept).toBe('private, no-cache');
  expect(ask({}, true, undefined, { user: { id: 1 } }).kept).toBe('private, no-cache');
  expect(ask({}, true, undefined, { auth: { credentials: { id: 1 } } }).kept).toBe('private, no-cache'); // prettier-ignore
});

test('does not resend an answer that the caller has', () => {
  const first = ask({}, true);
  expect(first).toMatchObject({ status: 200, isSent: true });
  // `fetch` adds no-cache to such requests.
  for (const known of [first.tag, `W/${first.tag}`, `"other", ${first.tag}`, '*']) {
    const again = ask({ 'if-none-match': known, 'cache-control': 'no-cache' }, true);
    expect(again).toMatchObject({ status: 304, isSent: false, tag: first.tag });
  }
  expect(ask({ 'if-none-match': '"other"' }, true)).toMatchObject({ status: 200, isSent: true });
});

test('never says that nothing has changed while that is not certain', () => {
  const again = ask({ 'if-none-match': '*' }, true, undefined, {}, false);
  expect(again).toMatchObject({ status: 200, isSent: true });
});

test('the same body has the same tag, another body another', () => {
  expect(tagged({ data: [1] })).toEqual(tagged({ data: [1] }));
  expect(tagged({ data: [1] }).tag).not.toBe(tagged({ data: [2] }).tag);
});
