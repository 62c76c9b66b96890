import fc from 'fast-check';
import { NO_ENTRY } from 'plugin/engine/engine';
import { bestOf, gateOf, LEAST_SCORE, neededEvidence, scoreOf } from 'plugin/engine/ranking/gate';
import type { CollectionIndex } from 'plugin/engine/embedded/collection-index';
import { InMemoryIndex } from 'plugin/engine/embedded/in-memory-index';

import { doc, RANKING } from '../helpers/documents';

const COLLECTION = { type: 'article', locale: 'en' };
const evidence = fc.double({ min: 0, max: 1, noNaN: true });
const sampled = fc.array(evidence, { minLength: 32, maxLength: 64 });
const sized = (size: number) => ({ size }) as CollectionIndex;

test('the bar is from .02 to .15 for entries and up to .2 for texts, whatever the order of the sample', () => {
  fc.assert(
    fc.property(sampled, (values) => {
      const gate = gateOf(1000, values);
      expect(gate.threshold).toBeGreaterThanOrEqual(0.02);
      expect(gate.threshold).toBeLessThanOrEqual(0.15);
      expect(gate.textThreshold).toBeGreaterThanOrEqual(gate.threshold);
      expect(gate.textThreshold).toBeLessThanOrEqual(0.2);
      expect(gate.least).toBeLessThan(gate.threshold);
      expect(gateOf(1000, [...values].reverse())).toEqual(gate);
    }),
  );
});

test('nearly all articles in the sample that sets the bar have lists', () => {
  const usual = fc.array(fc.double({ min: 0.15, max: 0.4, noNaN: true }), { minLength: 64, maxLength: 64 }); // prettier-ignore
  fc.assert(
    fc.property(usual, (values) => {
      const gate = gateOf(1000, values);
      const isEmpty = (value: number) => value < gate.threshold;
      expect(values.filter(isEmpty).length).toBeLessThanOrEqual(4);
    }),
  );
});

test('with the default minScore, what passes has at least that score, and more evidence never hurts', () => {
  fc.assert(
    fc.property(sampled, evidence, evidence, fc.integer({ min: 32, max: 1e6 }), (values, one, other, size) => {
      const gate = gateOf(size, values);
      const best = bestOf(sized(size), Float64Array.from([one, other, one]));
      const needed = neededEvidence(sized(size), gate, LEAST_SCORE, best);
      const passes = (value: number) => value >= needed;
      if (passes(one)) expect(scoreOf(one, gate)).toBeGreaterThanOrEqual(LEAST_SCORE - 1e-9);
      if (passes(Math.min(one, other))) expect(passes(Math.max(one, other))).toBe(true);
      expect(scoreOf(Math.max(one, other), gate)).toBeGreaterThanOrEqual(scoreOf(Math.min(one, other), gate) - 1e-12); // prettier-ignore
    }),
  ); // prettier-ignore
});

test('a lower minScore lets at least as much pass; 0 everything, 1 nothing', () => {
  fc.assert(
    fc.property(sampled, evidence, evidence, evidence, evidence, (values, best, pair, a, b) => {
      const gate = gateOf(1000, values);
      const at = (minScore: number) =>
        pair >= neededEvidence(sized(1000), gate, minScore, { mean: best, middle: best });
      if (at(Math.max(a, b))) expect(at(Math.min(a, b))).toBe(true);
      expect(at(0)).toBe(true);
      expect(at(1)).toBe(false);
    }),
  );
});

/** Sentences made from few words, so that articles share some. */
function item(subject: number, i: number) {
  const words = Array.from(
    { length: 12 },
    (_, at) => `topic${subject}word${(i * 5 + at * 7) % 20}`,
  );
  return doc(`a${subject}-${i}`, { title: words.slice(0, 3).join(' '), body: words.join(' ') });
}

test('a site of fifty short items has lists, and nothing for an unrelated text', () => {
  const engine = new InMemoryIndex(() => RANKING);
  for (let i = 0; i < 50; i += 1) engine.upsertAtOnce(COLLECTION, item(i % 5, i));
  const filled = [...engine.ids(COLLECTION)].filter((id) => (engine.related(COLLECTION, id) ?? []).length > 0); // prettier-ignore
  expect(filled.length).toBeGreaterThanOrEqual(45);
  const foreign = doc(NO_ENTRY, { title: 'Cabinet reshuffle', body: 'The cabinet met again on Thursday about topic1word3 and adjourned without a statement to the press or to parliament.' }); // prettier-ignore
  expect(engine.relatedToDocument(COLLECTION, foreign)).toEqual([]);
});

test('an entry needs less evidence than a text that is not an entry', () => {
  const engine = new InMemoryIndex(() => RANKING);
  for (let i = 0; i < 50; i += 1) engine.upsertAtOnce(COLLECTION, item(i % 5, i));
  // Texts that have less and less to do with the site: as an entry, such a text keeps its list longer.
  const filled = (id: string) => {
    const lists = Array.from({ length: 40 }, (_, others) => {
      const body = [...item(1, 3).fields[0].text.split(' '), ...Array.from({ length: others }, (__, at) => `other${at}`)].join(' '); // prettier-ignore
      return engine.relatedToDocument(COLLECTION, doc(id, { title: 'Something else', body })) as unknown[]; // prettier-ignore
    });
    return lists.filter((list) => list.length > 0).length;
  };
  expect(filled('draft')).toBeGreaterThan(filled(NO_ENTRY));
  expect(filled(NO_ENTRY)).toBeGreaterThan(0);
});

test('after settle, lists that wait for it equal those that do not', async () => {
  const changes = fc.array(
    fc.record({ subject: fc.integer({ min: 0, max: 4 }), i: fc.integer({ min: 0, max: 40 }), remove: fc.boolean() }), // prettier-ignore
    { minLength: 60, maxLength: 120 },
  );
  await fc.assert(
    fc.asyncProperty(changes, async (steps) => {
      const options = { ...RANKING, minScore: 0.13 };
      const engines = [
        new InMemoryIndex(() => options),
        new InMemoryIndex(() => options, undefined, { calibrates: 'by settle', keptLists: 100 }),
      ];
      const lists = () => engines.map((engine) => [...engine.ids(COLLECTION)].sort().map((id) => [id, engine.related(COLLECTION, id)])); // prettier-ignore
      for (const [at, { subject, i, remove }] of steps.entries()) {
        for (const engine of engines) {
          if (remove) engine.remove(COLLECTION, `a${subject}-${i}`);
          else engine.upsertAtOnce(COLLECTION, item(subject, i));
        }
        if (at === 30) lists();
      }
      await engines[1].settle();
      expect(engines[1].isSettled).toBe(true);
      const [atOnce, settled] = lists();
      expect(settled).toEqual(atOnce);
    }),
    { numRuns: 25 },
  );
});
