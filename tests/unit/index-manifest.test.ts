import fc from 'fast-check';

import { KeySet } from 'plugin/indexing/key-set';
import { placeOf, takenPlaces, type ManifestEntry } from 'plugin/indexing/index-manifest';
import { OwnManifest } from 'plugin/indexing/own-manifest';
import { bucketOf, isSameTotals, movedBy, VersionSums } from 'plugin/indexing/version-sums';

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
  places: fc.uniqueArray(place, { maxLength: 5 }),
});
const write = fc.oneof(fc.record({ key, entry }), fc.record({ key, entry: fc.constant(null) }));

/** The keys that name a place, found by looking at all of them. */
const naming = (model: Map<string, ManifestEntry>, wanted: string) =>
  [...model].flatMap(([one, { places }]) => (places.includes(wanted) ? [one] : []));

async function keysOf(manifest: OwnManifest, type: RelatedType): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of manifest.pages(type)) keys.push(...page);
  return keys.sort();
}

test('after any sequence of writes, a manifest knows the same as a plain map', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 60 }), async (writes) => {
      const manifest = new OwnManifest();
      const model = new Map<string, ManifestEntry>();
      for (const { key: at, entry: given } of writes) {
        if (given === null) {
          manifest.delete(TYPE, at);
          model.delete(at);
        } else {
          manifest.set(TYPE, at, given);
          model.set(at, given);
        }
      }
      expect(await keysOf(manifest, TYPE)).toEqual([...model.keys()].sort());
      expect(await manifest.size(TYPE)).toBe(model.size);
      expect(await manifest.find(TYPE, [...model.keys(), 'en nothing'])).toEqual(model);
      for (const [relation, id] of [
        ['tags', 't1'],
        ['tags', 't3'],
        ['cover', 'c1'],
        ['tags', 'never'],
      ]) {
        const one = placeOf(TYPE, relation, id);
        expect((await manifest.naming(TYPE, [one])).sort()).toEqual(naming(model, one).sort());
      }
    }),
    { numRuns: 500 },
  );
});

test('a type that is cleared is forgotten, the others are not', async () => {
  const manifest = new OwnManifest();
  const other = { ...TYPE, uid: 'api::page.page' };
  const known = { version: '1 2026', fingerprint: 'f', places: [`${TYPE.uid} tags t1`] };
  manifest.set(TYPE, 'en a', known);
  manifest.set(other, 'en a', { ...known, places: [] });
  manifest.clearType(TYPE);
  expect(await keysOf(manifest, TYPE)).toEqual([]);
  expect(await manifest.naming(TYPE, [`${TYPE.uid} tags t1`])).toEqual([]);
  expect(await keysOf(manifest, other)).toEqual(['en a']);
});

test('what a document takes from others: new places of exclusive relations', () => {
  const at = (...places: string[]): ManifestEntry => ({
    version: '1',
    fingerprint: 'f',
    places: places.map((one) => `${TYPE.uid} ${one}`),
  });
  const after = at('tags t1', 'cover c1', 'cover c2');
  expect(takenPlaces(TYPE, undefined, after)).toEqual(at('cover c1', 'cover c2').places);
  expect(takenPlaces(TYPE, at('cover c1'), after)).toEqual(at('cover c2').places);
  expect(takenPlaces(TYPE, after, at('tags t2', 'cover c1'))).toEqual([]);
});

const versions = fc.dictionary(fc.stringMatching(/^[a-z]{0,2} [a-z0-9]{1,6}$/), fc.stringMatching(/^\d{1,2} \d{1,3}$/)); // prettier-ignore

test('sums differ exactly where documents do, in whatever order they were written', () => {
  fc.assert(
    fc.property(versions, versions, fc.array(fc.nat()), (before, after, order) => {
      const [sums, wanted] = [new VersionSums(), new VersionSums()];
      const changed = Object.entries(before).filter(([one, version]) => after[one] !== version);
      const added = Object.entries(after).filter(([one, version]) => before[one] !== version);
      const writes = [
        ...Object.entries(before).map((one) => ['add', ...one] as const),
        ...changed.map((one) => ['subtract', ...one] as const),
        ...added.map((one) => ['add', ...one] as const),
      ];
      order.forEach((at, i) => {
        const [from, to] = [i % writes.length, at % writes.length];
        if (writes.length > 0) [writes[from], writes[to]] = [writes[to], writes[from]];
      });
      for (const [how, one, version] of writes) sums[how](one, version);
      for (const [one, version] of Object.entries(after)) wanted.add(one, version);
      expect(sums.differing(wanted)).toEqual(new Set());

      const old = new VersionSums();
      for (const [one, version] of Object.entries(before)) old.add(one, version);
      const buckets = new Set([...changed, ...added].map(([one]) => bucketOf(one)));
      expect(old.differing(wanted)).toEqual(buckets);
      old.take(wanted, buckets);
      expect(old.differing(wanted)).toEqual(new Set());
    }),
  );
});

test('a set of keys has what was added to it, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (added, others) => {
      const set = new KeySet();
      const model = new Set(added);
      for (const one of added) set.add(one);
      for (const one of [...added, ...others]) expect(set.has(one)).toBe(model.has(one));
    }),
  );
  const many = new KeySet();
  for (let i = 0; i < 20_000; i += 1) many.add(`en document${i}`);
  for (let i = 0; i < 40_000; i += 1) expect(many.has(`en document${i}`)).toBe(i < 20_000);
});

test('taking over the sums of others changes the totals by what it returns', () => {
  const versions = fc.array(fc.tuple(key, fc.stringMatching(/^\d{1,9} 2026$/)), { maxLength: 40 });
  fc.assert(
    fc.property(versions, versions, (mine, others) => {
      const [own, other] = [mine, others].map((all) => {
        const sums = new VersionSums();
        for (const [at, version] of all) sums.add(at, version);
        return sums;
      });
      const isSame = own.differing(other).size === 0;
      expect(isSameTotals(own.totals, other.totals)).toBe(isSame);
      const before = own.totals;
      const moved = own.take(other, own.differing(other));
      expect(movedBy(before, moved)).toEqual(own.totals);
      expect(own.totals).toEqual(other.totals);
    }),
  );
});
