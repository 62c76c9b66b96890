import { evaluate, scoreList } from 'plugin/evaluation/metrics';

const relevant = new Set(['a', 'b']);

test('a perfect list scores 1 wherever that is possible', () => {
  expect(scoreList(['a', 'b', 'x'], relevant)).toEqual({
    ndcg: 1,
    recall: 1,
    mrr: 1,
    precision: 0.2,
  });
});

test('a late hit is discounted', () => {
  const { ndcg, mrr, recall } = scoreList(['x', 'b'], relevant);
  expect(ndcg).toBeCloseTo(1 / Math.log2(3) / (1 + 1 / Math.log2(3)), 10);
  expect(mrr).toBe(0.5);
  expect(recall).toBe(0.5);
});

test('what stands beyond the tenth place does not count', () => {
  const list = [...'cdefghijkl', 'a'];
  expect(scoreList(list, relevant)).toEqual({ ndcg: 0, recall: 0, mrr: 0, precision: 0 });
});

test('means run over all judged sources, and coverage counts those with any list', () => {
  const judgements = new Map([
    ['one', new Set(['a'])],
    ['two', new Set(['a'])],
  ]);
  const evaluation = evaluate(judgements, (slug) => (slug === 'one' ? ['a'] : []));
  expect(evaluation).toEqual({
    judged: 2,
    ndcg: 0.5,
    recall: 0.5,
    mrr: 0.5,
    precision: 0.05,
    coverage: 0.5,
  });
});
