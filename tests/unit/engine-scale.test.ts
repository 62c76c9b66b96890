import { InMemoryIndex } from 'plugin/engine/embedded/in-memory-index';
import { scoreList } from 'plugin/evaluation/metrics';

import { doc, RANKING } from '../helpers/documents';
import { syntheticArticles } from '../helpers/synthetic';

const COLLECTION = { type: 'article', locale: 'en' };
/** More than are ever compared by default, and more than a small site has. */
const ARTICLES = 1500;

function engineOf(seeds: readonly number[]): InMemoryIndex {
  const engine = new InMemoryIndex(() => RANKING);
  for (const seed of seeds) {
    for (const { document } of syntheticArticles(ARTICLES, 10, seed)) {
      engine.upsertAtOnce(COLLECTION, document);
    }
  }
  return engine;
}

test('comparing the best candidates in full costs less than .002 nDCG against comparing all', () => {
  const groups = new Map<number, Set<string>>();
  const articles = [...syntheticArticles(ARTICLES, 10)];
  for (const { document, group } of articles) {
    groups.set(group, (groups.get(group) ?? new Set()).add(document.id));
  }
  const engine = engineOf([1]);
  const mean = (maxCandidates: number | undefined): number => {
    let sum = 0;
    const asked = articles.filter((_, i) => i % 7 === 0);
    for (const { document, group } of asked) {
      const list = engine.related(COLLECTION, document.id, { limit: 10, maxCandidates }) ?? [];
      const judged = new Set(groups.get(group));
      judged.delete(document.id);
      sum += scoreList(
        list.map(({ id }) => id),
        judged,
      ).ndcg;
    }
    return sum / asked.length;
  };
  const full = mean(ARTICLES);
  // Neither so easy that anything finds it, nor hopeless.
  expect(full).toBeGreaterThan(0.3);
  expect(full).toBeLessThan(0.98);
  expect(full - mean(undefined)).toBeLessThan(0.002);
});

test('finds what is left, however many of the nearest are left out or too old', () => {
  const near = (id: string, date: number) => doc(id, { title: 'Annual report', body: 'annual report of the company with figures and charts', date }); // prettier-ignore
  const engine = new InMemoryIndex(() => ({ ...RANKING, minScore: 0 }));
  const hidden = Array.from({ length: 1500 }, (_, at) => `near-${at}`);
  for (const id of hidden) engine.upsertAtOnce(COLLECTION, near(id, 0));
  for (let at = 0; at < 8; at += 1) {
    engine.upsertAtOnce(COLLECTION, doc(`left-${at}`, { title: `Charts ${at}`, body: `charts and figures of another kind ${'word '.repeat(at)}`, date: 100 * 86_400_000 })); // prettier-ignore
  }
  engine.upsertAtOnce(COLLECTION, near('source', 100 * 86_400_000));
  const left = (query: object) =>
    (engine.related(COLLECTION, 'source', { limit: 100, ...query }) ?? []).map(({ id }) => id).sort(); // prettier-ignore
  const expected = Array.from({ length: 8 }, (_, at) => `left-${at}`);
  expect(left({ exclude: new Set(hidden) })).toEqual(expected);
  expect(left({ maxAge: 10 })).toEqual(expected);
});

test('after replacing every article ten times, memory is that of a fresh index within 20 %, and lists are the same', () => {
  const fresh = engineOf([11]);
  const replaced = engineOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(replaced.stats().bytes / fresh.stats().bytes).toBeLessThan(1.2);
  expect(replaced.stats().collections[0].terms).toBe(fresh.stats().collections[0].terms);
  for (let i = 0; i < ARTICLES; i += 97) {
    expect(replaced.related(COLLECTION, `article-${i}`, { limit: 10 })).toEqual(
      fresh.related(COLLECTION, `article-${i}`, { limit: 10 }),
    );
  }
});
