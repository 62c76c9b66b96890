import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readWeights, WEIGHTS_FILE, writeWeights } from 'plugin/config/weights-file';
import { PART_NAMES, type Part } from 'plugin/engine/ranking/weights';
import { keepScale, fitWeights } from 'plugin/evaluation/fit';
import {
  DEFAULT_WEIGHTS,
  fuse,
  gainOf,
  without,
  type JudgedList,
} from 'plugin/evaluation/judged-list';
import { idealGain, scoreList } from 'plugin/evaluation/metrics';
import { createRandom } from 'plugin/evaluation/random';
import { SEEDS, tune } from 'plugin/evaluation/tuning';

const CANDIDATES = 30;

/** Lists in which the related one is high in `telling`, whatever the other parts say. */
function lists(count: number, telling: Part | null, seed = 1): JudgedList[] {
  const random = createRandom(seed * 7919);
  for (let i = 0; i < 20; i += 1) random();
  return Array.from({ length: count }, (_, source) => {
    const related = Math.floor(random() * CANDIDATES);
    return {
      source: `source-${source}`,
      ids: Array.from({ length: CANDIDATES }, (__, at) => `other-${source}-${at}`),
      columns: PART_NAMES.map((part) =>
        Float64Array.from({ length: CANDIDATES }, (__, at) =>
          part === telling && at === related ? 0.4 + random() / 2 : random() / 2,
        ),
      ),
      own: new Float64Array(CANDIDATES),
      relevant: [related],
      ideal: idealGain(1),
    };
  });
}

const weightOf = (weights: readonly number[], part: Part) => weights[PART_NAMES.indexOf(part)];

test('a part that tells what is related gains weight relative to the others', () => {
  const fitted = fitWeights(lists(120, 'slug'), DEFAULT_WEIGHTS, 1);
  const share = (weights: readonly number[]) =>
    weightOf(weights, 'slug') / weights.reduce((sum, weight) => sum + weight, 0);
  expect(share(fitted)).toBeGreaterThan(1.5 * share(DEFAULT_WEIGHTS));
});

test('a part that is silent keeps its weight', () => {
  const silent = PART_NAMES.indexOf('incoming');
  const some = lists(80, 'slug').map((list) => ({
    ...list,
    columns: list.columns.map((column, part) =>
      part === silent ? new Float64Array(CANDIDATES) : column,
    ),
  }));
  expect(fitWeights(some, DEFAULT_WEIGHTS, 1)[silent]).toBe(DEFAULT_WEIGHTS[silent]);
});

test('the same seed gives the same weights, another one others', () => {
  const some = lists(60, 'slug');
  const fitted = fitWeights(some, DEFAULT_WEIGHTS, 3);
  expect(fitWeights(some, DEFAULT_WEIGHTS, 3)).toEqual(fitted);
  expect(fitWeights(some, DEFAULT_WEIGHTS, 4)).not.toEqual(fitted);
});

test('what can be learned is a gain whose interval is above zero; chance is not', () => {
  const learned = tune(lists(150, 'ending'));
  expect(learned.gain.low).toBeGreaterThan(0);
  expect(learned.after - learned.before).toBeCloseTo(learned.gain.mean, 9);
  expect(learned.seeds.map(({ seed }) => seed)).toEqual([...SEEDS]);
  const mean = learned.seeds.reduce((sum, { heldOut }) => sum + heldOut / SEEDS.length, 0);
  expect(mean).toBeCloseTo(learned.after, 9);
  expect(tune(lists(100, null)).gain.low).toBeLessThanOrEqual(0);
});

test('a held-out article appears in no list to learn from', () => {
  const [list] = lists(1, 'slug');
  const left = new Set([list.ids[list.relevant[0]], list.ids[(list.relevant[0] + 1) % 30]]);
  const rest = without(list, (id) => left.has(id));
  expect(rest.ids).toEqual(list.ids.filter((id) => !left.has(id)));
  expect(rest.relevant).toEqual([]);
  rest.ids.forEach((id, place) => {
    const before = list.ids.indexOf(id);
    expect(rest.columns.map((column) => column[place])).toEqual(
      list.columns.map((column) => column[before]),
    );
  });
});

test('the gain of fused scores is the nDCG of the list in their order', () => {
  for (const list of lists(20, 'slug')) {
    const fused = fuse(list, DEFAULT_WEIGHTS);
    const ordered = [...list.ids.keys()].sort((a, b) => fused[b] - fused[a] || a - b);
    const judged = new Set(list.relevant.map((place) => list.ids[place]));
    const ids = ordered.map((place) => list.ids[place]);
    expect(gainOf(list, fused)).toBeCloseTo(scoreList(ids, judged).ndcg, 12);
  }
});

describe('the file of weights', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-weights-'));
    fs.mkdirSync(path.join(folder, 'config'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const parts = Object.fromEntries(PART_NAMES.map((part) => [part, 0.5])) as Record<Part, number>;
  const fitted = { on: '2026-11-24', judgements: 100, before: 0.5, after: 0.6 };

  test('holds what was written, next to the weights of other types', async () => {
    expect(readWeights(folder)).toEqual({});
    await writeWeights(folder, 'api::a.a', { parts, fitted });
    await writeWeights(folder, 'api::b.b', { parts: { ...parts, slug: 1 }, fitted });
    expect(readWeights(folder)).toEqual({
      'api::a.a': { parts, fitted },
      'api::b.b': { parts: { ...parts, slug: 1 }, fitted },
    });
  });

  const incomplete = Object.fromEntries(PART_NAMES.slice(1).map((part) => [part, 0.5]));
  test.each([
    ['{', /not valid JSON/],
    ['[]', /the file: /],
    [JSON.stringify({ 'api::a.a': parts }), /api::a\.a\.parts: /],
    [JSON.stringify({ 'api::a.a': { parts: incomplete, fitted } }), /api::a\.a\.parts\.cosine: /],
    [JSON.stringify({ 'api::a.a': { parts: { ...parts, bm25: 1 }, fitted } }), /earlier version of the ranking: run "related-articles tune --apply" again/], // prettier-ignore
    [JSON.stringify({ 'api::a.a': { parts: { ...parts, slug: -1 }, fitted } }), /parts\.slug: /],
    [JSON.stringify({ 'api::a.a': { parts: { ...parts, slugs: 1 }, fitted } }), /"slugs"/],
  ])('is refused with its mistake if it is not valid: %.12s', (text, reason) => {
    fs.writeFileSync(path.join(folder, WEIGHTS_FILE), text);
    expect(() => readWeights(folder)).toThrow(reason);
    expect(() => readWeights(folder)).toThrow(WEIGHTS_FILE);
  });

  test('must exist if it was asked for', () => {
    expect(() => readWeights(folder, 'none.json')).toThrow(/none\.json.*\n.*cannot be read/);
  });
});

test('fitted weights keep the sum of what they were fitted on, and the rest keeps its weight', () => {
  const silent = Float64Array.from([0, 0]);
  const telling = Float64Array.from([0.5, 0.1]);
  const columns = DEFAULT_WEIGHTS.map((_, part) => (part < 3 ? telling : silent));
  const lists = [{ source: 'a', ids: ['b', 'c'], columns, own: silent, relevant: [0], ideal: 1 }];
  const fitted = DEFAULT_WEIGHTS.map((weight) => weight * 0.03);
  const kept = keepScale(fitted, DEFAULT_WEIGHTS, lists);
  kept.forEach((weight, part) => expect(weight).toBeCloseTo(DEFAULT_WEIGHTS[part], 9));
  const doubled = DEFAULT_WEIGHTS.map((weight, part) => (part === 0 ? weight * 2 : weight));
  const scaled = keepScale(doubled, DEFAULT_WEIGHTS, lists);
  const sum = (weights: readonly number[]) => weights.slice(0, 3).reduce((a, b) => a + b, 0);
  expect(sum(scaled)).toBeCloseTo(sum(DEFAULT_WEIGHTS), 9);
  expect(scaled.slice(3)).toEqual(DEFAULT_WEIGHTS.slice(3));
});
