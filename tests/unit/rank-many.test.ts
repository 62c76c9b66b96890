import type { Engine } from 'plugin/engine/engine';
import { rankMany } from 'plugin/services/rank-many';

import { stopClock } from '../helpers/stopped-clock';

let pass: (milliseconds: number) => void;
beforeEach(() => {
  pass = stopClock();
});
afterEach(() => jest.restoreAllMocks());

const COLLECTION = { type: 'article', locale: 'en' };
const ids = (count: number, prefix = '') => Array.from({ length: count }, (_, at) => `${prefix}${at}`); // prettier-ignore

/** Notes what it is asked, and takes a moment for each call. */
function slowEngine(milliseconds = 2, storage: Engine['storage'] = 'process') {
  const asked: string[][] = [];
  let now = 0;
  let most = 0;
  const engine = {
    storage,
    async related(_: unknown, sources: readonly { documentId: string }[]) {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      pass(milliseconds);
      now -= 1;
      asked.push(sources.map(({ documentId }) => documentId));
      return sources.map(({ documentId }) => [{ uid: 'article', documentId }]);
    },
  } as unknown as Engine;
  return { engine, asked, most: () => most };
}

const inTime = async () => undefined;

test('gives a list for each in their order, and two requests take turns', async () => {
  const { engine, asked, most } = slowEngine();
  const rank = (all: string[]) => rankMany(engine, COLLECTION, all, {}, { checkTime: inTime });
  const [a, b] = await Promise.all([rank(ids(25, 'a')), rank(ids(12, 'b'))]);
  expect(a.map((list) => list?.[0].documentId)).toEqual(ids(25, 'a'));
  expect(b.map((list) => list?.[0].documentId)).toEqual(ids(12, 'b'));
  expect(most()).toBe(1);
  expect(asked.map((part) => part.length)).toEqual([10, 10, 10, 2, 5]);
  const order = asked.map(([first]) => first[0]).join('');
  expect(order).toBe('ababa');
});

test('makes few slow lists in a turn, and lets another caller have the next one', async () => {
  const { engine, asked } = slowEngine(450);
  const slow = { type: 'slow', locale: 'en' };
  const rank = (all: string[], from: string) => rankMany(engine, slow, all, {}, { caller: { from }, checkTime: inTime }); // prettier-ignore
  await rank(ids(3), 'one');
  asked.length = 0;
  await Promise.all([rank(ids(3, 'a'), 'one'), rank(ids(2, 'b'), 'one'), rank(ids(1, 'c'), 'other')]); // prettier-ignore
  expect(asked.map((part) => part.join(' '))).toEqual(['a0', 'c0', 'a1', 'b0', 'a2', 'b1']);
});

test('ends when its request runs out of time, and does not hold up others', async () => {
  const { engine, asked } = slowEngine();
  let looks = 0;
  const checkTime = async () => {
    looks += 1;
    if (looks > 2) throw new Error('too late');
  };
  const late = rankMany(engine, COLLECTION, ids(100), {}, { checkTime });
  const other = rankMany(engine, COLLECTION, ['other'], {}, { checkTime: inTime });
  await expect(late).rejects.toThrow('too late');
  expect(await other).toHaveLength(1);
  expect(asked.flat()).toHaveLength(21);
});

test('a cluster makes ten lists of a request at once, however slow it is, and those of other requests meanwhile', async () => {
  const { engine, asked, most } = slowEngine(900, 'shared');
  const slow = { type: 'remote', locale: 'en' };
  const rank = (all: string[]) => rankMany(engine, slow, all, {}, { checkTime: inTime });
  await rank(ids(20));
  await Promise.all([rank(ids(15, 'a')), rank(ids(5, 'b'))]);
  expect(asked.map((part) => part.length).sort((a, b) => b - a)).toEqual([10, 10, 10, 5, 5]);
  expect(most()).toBe(2);
});
