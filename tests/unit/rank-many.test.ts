import type { Engine } from 'plugin/engine/engine';
import { rankMany } from 'plugin/services/rank-many';

const COLLECTION = { type: 'article', locale: 'en' };
const ids = (count: number, prefix = '') => Array.from({ length: count }, (_, at) => `${prefix}${at}`); // prettier-ignore

/** Notes what it is asked, and takes a moment for each call. */
function slowEngine() {
  const asked: string[][] = [];
  let now = 0;
  let most = 0;
  const engine = {
    async related(_: unknown, sources: readonly { documentId: string }[]) {
      now += 1;
      most = Math.max(most, now);
      await new Promise((go) => setTimeout(go, 2));
      now -= 1;
      asked.push(sources.map(({ documentId }) => documentId));
      return sources.map(({ documentId }) => [{ uid: 'article', documentId }]);
    },
  } as unknown as Engine;
  return { engine, asked, most: () => most };
}

test('gives a list for each in their order, and two requests take turns', async () => {
  const { engine, asked, most } = slowEngine();
  const rank = (all: string[]) => rankMany(engine, COLLECTION, all, {}, async () => undefined);
  const [a, b] = await Promise.all([rank(ids(25, 'a')), rank(ids(12, 'b'))]);
  expect(a.map((list) => list?.[0].documentId)).toEqual(ids(25, 'a'));
  expect(b.map((list) => list?.[0].documentId)).toEqual(ids(12, 'b'));
  expect(most()).toBe(1);
  const order = asked.map(([first]) => first[0]).join('');
  expect(order).toBe('ababa');
});

test('ends with the time of its request, and holds up no other', async () => {
  const { engine, asked } = slowEngine();
  let looks = 0;
  const late = rankMany(engine, COLLECTION, ids(100), {}, async () => {
    looks += 1;
    if (looks > 2) throw new Error('too late');
  });
  const other = rankMany(engine, COLLECTION, ['other'], {}, async () => undefined);
  await expect(late).rejects.toThrow('too late');
  expect(await other).toHaveLength(1);
  expect(asked.flat()).toHaveLength(21);
});
