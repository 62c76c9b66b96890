import { PageSize } from 'plugin/indexing/page-size';

const rows = (count: number, body: unknown) => Array.from({ length: count }, () => ({ body }));

test('pages grow to a hundred rows, and shrink where those are long', () => {
  const size = new PageSize();
  for (let page = 0; page < 5; page += 1) size.note(rows(size.current, 'short'));
  expect(size.current).toBe(100);
  size.note(rows(100, 'x'.repeat(400_000)));
  expect(size.current).toBe(9);
  size.note(rows(9, [{ children: [{ image: 'x'.repeat(8_000_000) }] }]));
  expect(size.current).toBe(1);
  size.note(rows(1, 'short'));
  size.limit(1);
  expect(size.current).toBe(1);
  size.note([]);
  expect(size.current).toBe(2);
});

test('pages grow by what was read, and count all rows of what was asked for', () => {
  const size = new PageSize();
  for (let page = 0; page < 5; page += 1) size.note(rows(size.current, 'short'));
  size.note(rows(1, 'short'));
  expect(size.current).toBe(10);
  // Ten documents in five locales.
  size.note(rows(50, 'x'.repeat(200_000)), 10);
  expect(size.current).toBe(3);
});
