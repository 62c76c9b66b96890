import fc from 'fast-check';

import { IndexManifest, type ManifestEntry } from 'plugin/indexing/index-manifest';

import type { RelatedType } from 'plugin/config/resolve';

const TYPE = {
  uid: 'api::article.article',
  relations: [
    { attribute: 'tags', exclusive: false },
    { attribute: 'cover', exclusive: true },
  ],
  picked: null,
} as unknown as RelatedType;

const key = fc.constantFrom('en a', 'en b', 'de a', ' c', 'en dd', 'en e');
const place = fc.constantFrom(
  ...['tags t1', 'tags t2', 'tags t3', 'cover c1', 'cover c2'].map((one) => `${TYPE.uid} ${one}`),
);
const entry: fc.Arbitrary<ManifestEntry> = fc.record({
  version: fc.stringMatching(/^\d{1,3} 2026$/),
  fingerprint: fc.stringMatching(/^[A-Za-z0-9_-]{14}$/),
  taxonomyKeys: fc.uniqueArray(place, { maxLength: 5 }),
});
const write = fc.oneof(fc.record({ key, entry }), fc.record({ key, entry: fc.constant(null) }));

/** Which keys name a place, found by looking at all. */
const naming = (model: Map<string, ManifestEntry>, wanted: string) =>
  [...model].flatMap(([one, { taxonomyKeys }]) => (taxonomyKeys.includes(wanted) ? [one] : []));

test('a manifest knows after any sequence of writes what a plain map knows', () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 60 }), (writes) => {
      const manifest = new IndexManifest();
      const model = new Map<string, ManifestEntry>();
      for (const { key: at, entry: given } of writes) {
        if (given === null) {
          manifest.delete(TYPE, at);
          model.delete(at);
          continue;
        }
        const before = model.get(at)?.taxonomyKeys ?? [];
        const taken = given.taxonomyKeys.filter(
          (one) => one.includes('cover') && !before.includes(one),
        );
        const owners = taken.flatMap((one) => naming(model, one)).filter((owner) => owner !== at);
        expect(manifest.set(TYPE, at, given).sort()).toEqual(owners.sort());
        model.set(at, given);
      }
      const entries = manifest.of(TYPE);
      expect([...entries.keys()].sort()).toEqual([...model.keys()].sort());
      expect(entries.size).toBe(model.size);
      for (const [at, known] of model) expect(entries.get(at)).toEqual(known);
      for (const [relation, id] of [
        ['tags', 't1'],
        ['tags', 't3'],
        ['cover', 'c1'],
        ['tags', 'never'],
      ]) {
        // prettier-ignore
        const expected = naming(model, `${TYPE.uid} ${relation} ${id}`);
        expect(manifest.dependents(TYPE, relation, id).sort()).toEqual(expected.sort());
      }
    }),
    { numRuns: 500 },
  );
});

test('a type that is cleared is forgotten, the others are not', () => {
  const manifest = new IndexManifest();
  const other = { ...TYPE, uid: 'api::page.page' };
  const known = { version: '1 2026', fingerprint: 'f', taxonomyKeys: [`${TYPE.uid} tags t1`] };
  manifest.set(TYPE, 'en a', known);
  manifest.set(other, 'en a', { ...known, taxonomyKeys: [] });
  manifest.clearType(TYPE);
  expect(manifest.of(TYPE).has('en a')).toBe(false);
  expect(manifest.dependents(TYPE, 'tags', 't1')).toEqual([]);
  expect(manifest.of(other).has('en a')).toBe(true);
});
