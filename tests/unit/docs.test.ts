import fs from 'node:fs';
import path from 'node:path';
import { LANGUAGES } from 'plugin/engine/analysis/language-table';

import { ARTICLES } from '../helpers/languages';

const read = (file: string) => fs.readFileSync(path.resolve(__dirname, '../..', file), 'utf8');
const configuration = read('docs/configuration.md');

/** The rows of the first table after a heading or mark, as cells. */
function rowsAfter(mark: string): string[][] {
  const lines = configuration.slice(configuration.indexOf(mark)).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

test.each(['## Text', '## Relations'])(
  'every row of the table under "%s" names a test',
  (heading) => {
    const tests = read('tests/integration/fields.test.ts');
    const rows = rowsAfter(heading);
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) {
      const names = [...(row.at(-1) as string).matchAll(/`([^`]+)`/g)].map(([, name]) => name);
      expect(names).not.toEqual([]);
      for (const name of names) expect(tests).toContain(`'${name}'`);
    }
  },
);

test('the table of languages says what the analysers do', () => {
  const expected = Object.entries(LANGUAGES).map(([code, language]) => {
    const stemmed = 'stemmer' in language;
    const cut = 'segmented' in language;
    const stopWords = !('stopwords' in language && language.stopwords === null);
    return {
      code,
      name: language.name,
      words:
        [stemmed && 'stemmed', cut && 'cut by dictionary'].filter(Boolean).join(', ') ||
        'as written',
      stopWords: stopWords ? 'yes' : 'none',
      tests: [
        stemmed && 'forms',
        stopWords && 'stop words',
        cut && 'dictionary',
        code in ARTICLES && 'articles',
      ]
        .filter(Boolean)
        .join(', '),
    };
  });
  const rows = rowsAfter('<!-- languages -->').map(([code, name, words, stopWords, , tests]) => ({
    code,
    name,
    words,
    stopWords,
    tests,
  }));
  expect(rows).toEqual(expected);
});
