import fs from 'node:fs';
import path from 'node:path';

const folder = path.resolve(__dirname, '../../src/plugins/related-articles/admin/src');
const textsOf = (language: string): Record<string, string> =>
  JSON.parse(fs.readFileSync(path.join(folder, `translations/${language}.json`), 'utf8'));
/** The values that a text takes, such as `{count, plural, …}` and `{title}`. */
const valuesIn = (text: string) =>
  [...new Set([...text.matchAll(/\{(\w+)(?:, plural|\})/g)].map(([, name]) => name))].sort();
const english = textsOf('en');

test.each(['de', 'fr', 'es'])('%s has every text with the same values', (language) => {
  const texts = textsOf(language);
  expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
  for (const [id, text] of Object.entries(texts)) {
    expect([id, valuesIn(text)]).toEqual([id, valuesIn(english[id])]);
  }
});

test('every text that the panel asks for exists, and none is unused', () => {
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file));
  const code = files.map((file) => fs.readFileSync(path.join(folder, file), 'utf8')).join('\n');
  const quoted = new Set([...code.matchAll(/'([a-z]\w*(?:\.\w+)*)'/g)].map(([, id]) => id));
  // Ids made of parts: `state.${…}` and the like.
  const prefixes = [...code.matchAll(/`((?:[a-z]\w*\.)+)\$\{/g)].map(([, prefix]) => prefix);
  const unused = Object.keys(english).filter(
    (id) => !quoted.has(id) && !prefixes.some((prefix) => id.startsWith(prefix)),
  );
  expect(unused).toEqual([]);
  const asked = [...code.matchAll(/format\(\s*'([^']+)'/g)].map(([, id]) => id);
  expect(asked.length).toBeGreaterThan(30);
  expect(asked.filter((id) => !Object.hasOwn(english, id))).toEqual([]);
});
