import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { ListCache } from 'plugin/engine/embedded/list-cache';

const documents = (count: number) => new Set(Array.from({ length: count }, (_, at) => `d${at}`));
const list = (id: string) => [{ id, pinned: false, score: 1, fusedScore: 1 }];

test('lists of one document differ by what they leave out, whichever object or order says so', () => {
  const cache = new ListCache(100);
  const made: string[] = [];
  const ask = (name: string, exclude: ReadonlySet<string>) =>
    cache.get('1', 'd', { exclude }, () => {
      made.push(name);
      return list(name);
    })[0].id;
  expect(ask('all', new Set())).toBe('all');
  expect(ask('long', documents(500))).toBe('long');
  expect(ask('reversed', new Set([...documents(500)].reverse()))).toBe('long');
  expect(ask('longer', documents(501))).toBe('longer');
  expect(ask('short', documents(3))).toBe('short');
  expect(made).toEqual(['all', 'long', 'longer', 'short']);
});

test('a long set is kept once, however many lists use it', () => {
  // Garbage that is not collected yet would count.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const cache = new ListCache(1000);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < 1000; at += 1) cache.get('1', `d${at}`, { exclude: documents(4000) }, () => list('x')); // prettier-ignore
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(30e6);
  expect(cache.get('1', 'd0', { exclude: documents(4000) }, () => list('y'))[0].id).toBe('x');
});

test('handles any number of different sets', () => {
  const cache = new ListCache(1000);
  for (let round = 0; round < 3; round += 1) {
    for (let at = 21; at < 600; at += 1) {
      const [{ id }] = cache.get('1', 'd', { exclude: documents(at) }, () => list(String(at)));
      expect(id).toBe(String(at));
    }
  }
});
