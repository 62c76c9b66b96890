import type { Verification } from 'plugin/changes/consumer';
import type { RelatedType } from 'plugin/config/resolve';
import { versionOf } from 'plugin/content/row-reader';
import { IndexVerification } from 'plugin/indexing/index-verification';
import { keyOf } from 'plugin/indexing/keys';

const UID = 'api::article.article';
const TYPE = { uid: UID, localized: true } as RelatedType;
const NOW = '2026-11-01T00:00:00.000Z';

/** Articles as rows, and an index that knows their texts from when it read them. */
function site(count: number) {
  const rows = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    documentId: `article${at}`,
    locale: 'en',
    updatedAt: NOW,
    text: 'as read',
  }));
  const asked: number[] = [];
  const reader = {
    page: async (_type: RelatedType, afterId: number, most: number) => {
      const page = rows.filter(({ id }) => id > afterId).slice(0, most);
      return { rows: page, last: page.length < most ? null : page[page.length - 1].id };
    },
    published: async (_type: RelatedType, ids: readonly string[]) => {
      asked.push(ids.length);
      return rows.filter(({ documentId }) => ids.includes(documentId));
    },
  };
  const read = new Map(rows.map((row) => [keyOf(TYPE, row), { version: versionOf(row), fingerprint: row.text }])); // prettier-ignore
  const manifest = {
    find: async (_type: RelatedType, keys: readonly string[]) =>
      new Map(keys.flatMap((key) => (read.has(key) ? [[key, read.get(key)]] : []))),
    size: async () => read.size,
  };
  const writer = {
    manifest,
    fingerprint: async (_type: RelatedType, { text }: { text: string }) => text,
    forgetLost: async () => undefined,
  };
  const types = new Map([[UID, TYPE]]);
  const options = { types, reader, writer, newsOf: () => 0 } as never;
  return { rows, read, asked, verification: new IndexVerification(options) };
}

const DEEP = { depth: 'deep', share: 1, isStopped: () => false } as const;
const UNDER_WAY = { unindexed: () => [], isPending: () => false };

test.each([
  ['once it is read, nothing differs', true, 0],
  ['where it is never read, it differs', false, 1],
])('a document that was written a moment before: %s', async (_name, isRead, differences) => {
  const { rows, read, verification } = site(3);
  rows[1].text = 'changed';
  let position = 1;
  let looks = 0;
  const checks: Verification = {
    ...DEEP,
    position: () => position,
    async idle() {
      looks += 1;
      // The change arrives by the third look; other changes arrive all the time.
      if (looks === 3 && isRead) read.set(keyOf(TYPE, rows[1]), { version: versionOf(rows[1]), fingerprint: 'changed' }); // prettier-ignore
      position += 1;
    },
  };
  const drift = await verification.compare(checks, UNDER_WAY);
  expect(drift.differences).toBe(differences);
  expect(looks).toBeLessThan(10);
});

test('changes read during the comparison do not all count as differences; long documents are read a few at a time', async () => {
  const { rows, read, asked, verification } = site(40);
  for (const row of rows) row.text = 'x'.repeat(1_000_000);
  let position = 1;
  const checks: Verification = {
    ...DEEP,
    position: () => position,
    idle: async () => undefined,
  };
  // The feed reads the rows after the first look, and applies them after the second.
  const underWay = {
    unindexed: () => [],
    isPending() {
      if (position === 1) position = 2;
      else for (const row of rows) read.set(keyOf(TYPE, row), { version: versionOf(row), fingerprint: row.text }); // prettier-ignore
      return false;
    },
  };
  const drift = await verification.compare(checks, underWay);
  expect(drift.differences).toBeLessThan(rows.length);
  expect(Math.max(...asked)).toBe(10);
  expect(asked.filter((size) => size > 4).length).toBeLessThanOrEqual(2);
});
