import fc from 'fast-check';
import { Cursor } from 'plugin/changes/cursor';

const start = { id: 0, token: 'start', gaps: [] };
const mark = (id: number) => ({ id, token: `t${id}` });

test('looks for rows that are missing below the position until it finds them', () => {
  const cursor = new Cursor(start, 1000, () => 0);
  for (const id of [1, 2, 5]) cursor.advance(mark(id));
  expect(cursor.position).toEqual(mark(5));
  expect(cursor.wanted()).toEqual([[3, 4]]);
  cursor.found(3);
  expect(cursor.wanted()).toEqual([[4, 4]]);
  expect(cursor.state()).toEqual({ ...mark(5), gaps: [4], ranges: [[4, 4]] });
});

test('looks less often after a minute, and gives up when no transaction lasts that long', () => {
  let now = 0;
  const cursor = new Cursor(start, 3_600_000, () => now);
  cursor.advance(mark(2));
  now = 59_000;
  expect(cursor.wanted()).toEqual([[1, 1]]);
  now = 61_000;
  expect(cursor.wanted()).toEqual([]);
  now = 69_000;
  expect(cursor.wanted()).toEqual([[1, 1]]);
  expect(cursor.wanted()).toEqual([]);
  now = 3_600_001;
  expect(cursor.wanted()).toEqual([]);
  expect(cursor.state().gaps).toEqual([]);
});

test('after a long sleep, rows that were missing may have come and gone', () => {
  let now = 0;
  const asleep = (at: number, gap: boolean) => {
    now = 0;
    const cursor = new Cursor(start, 3_600_000, () => now);
    cursor.advance(mark(gap ? 2 : 1));
    now = at;
    const { hasSlept } = cursor;
    cursor.wanted();
    return [hasSlept, cursor.hasSlept];
  };
  expect(asleep(1_700_000, true)).toEqual([false, false]);
  expect(asleep(1_900_000, true)).toEqual([true, false]);
  expect(asleep(9_000_000, false)).toEqual([false, false]);
});

test('a gap of thousands may be one transaction', () => {
  const cursor = new Cursor(start, 1000, () => 0);
  cursor.advance(mark(5000));
  cursor.advance(mark(1_000_000_000));
  cursor.found(17);
  const ranges = [[1, 16], [18, 4999], [5001, 999_999_999]]; // prettier-ignore
  expect(cursor.wanted()).toEqual(ranges);
  const gaps = Array.from({ length: 16 }, (_, at) => at + 1);
  expect(cursor.state()).toEqual({ ...mark(1_000_000_000), ranges, gaps });
  expect(new Cursor(cursor.state(), 1000, () => 0).wanted()).toEqual(ranges);
});

test('gives up the older half if too many gaps are open, and says so', () => {
  const cursor = new Cursor(start, 1000, () => 0);
  for (let id = 2; id <= 40_000; id += 2) cursor.advance(mark(id));
  expect([cursor.wanted().length, cursor.hasGivenUp]).toEqual([20_000, false]);
  cursor.advance(mark(40_002));
  expect([cursor.wanted().length, cursor.hasGivenUp]).toEqual([10_000, true]);
  expect(cursor.wanted().at(-1)).toEqual([40_001, 40_001]);
});

test('goes on from what an earlier version has written', () => {
  const cursor = new Cursor({ ...mark(9), gaps: [3, 4, 7] }, 1000, () => 0);
  expect(cursor.wanted()).toEqual([[3, 3], [4, 4], [7, 7]]); // prettier-ignore
});

test('finds all rows, in whatever order they appear and whenever it polls', () => {
  const rows = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });
  fc.assert(
    fc.property(rows, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (order, sizes) => {
      const visible = new Set<number>();
      const met: number[] = [];
      const cursor = new Cursor(start, 1000, () => 0);
      const poll = () => {
        const wanted = cursor.wanted();
        for (const id of visible) {
          if (!wanted.some(([first, last]) => first <= id && id <= last)) continue;
          cursor.found(id);
          met.push(id);
        }
        const next = [...visible].filter((id) => id > cursor.position.id).sort((a, b) => a - b);
        for (const id of next) {
          cursor.advance(mark(id));
          met.push(id);
        }
      };
      const left = [...order];
      while (left.length > 0) {
        for (const id of left.splice(0, sizes.next().value)) visible.add(id);
        poll();
      }
      expect(met.sort((a, b) => a - b)).toEqual([...order].sort((a, b) => a - b));
    }),
  );
});
