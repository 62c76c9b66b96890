import { toCsv } from 'plugin/controllers/panel/csv';
import { costOf, expectLinear } from '../helpers/growth';

const cell = (text: string): string => toCsv([[text]]).slice(1, -2);

test.each([
  ['=1+1', "'=1+1"],
  ['Foo;=1+41;x', '"Foo;\'=1+41;x"'],
  ['a\n@x', '"a\n\'@x"'],
  ['a\t-1', '"a\t\'-1"'],
  ['a; +1', '"a;\' +1"'],
  ['\tx', '"\'\tx"'],
  ['a;"=1+1;b', '"a;\'""=1+1;b"'],
  ['"=1+1', '"\'""=1+1"'],
  ['Say "a-b"; then c', '"Say ""a-b""; then c"'],
  ['well-known = fine', 'well-known = fine'],
])('%j never becomes a formula, wherever a spreadsheet begins a cell', (text, expected) => {
  expect(cell(text)).toBe(expected);
});

test('a long run of empty lines is written in linear time', () => {
  expect(cell(`a${'\n'.repeat(200_000)}b`)).toContain('b');
  expectLinear((length) => costOf(() => void cell(`a${'\n'.repeat(length)}b`)), 200_000);
});
