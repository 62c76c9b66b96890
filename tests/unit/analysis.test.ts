import { createAnalyzer } from 'plugin/engine/analysis/analyzer';

const terms = (locale: string | null, text: string) => createAnalyzer(locale).terms(text);

test('English words are stemmed, stop words left out, accents and apostrophes folded', () => {
  expect(terms('en', 'The bakers’ loaves were baking in Café ovens')).toEqual(
    terms('en', "baker loaf bake cafe oven's").map((term, i) => (i === 1 ? 'loav' : term)),
  );
  expect(terms('en', 'the and of')).toEqual([]);
});

test('German words are stemmed; ß is ss, umlauts and their plurals meet', () => {
  expect(terms('de', 'Häuser')).toEqual(terms('de', 'Haus'));
  expect(terms('de', 'Straße')).toEqual(terms('de', 'Strasse'));
  expect(terms('de', 'der die das und')).toEqual([]);
  expect(terms('de-AT', 'Gärten')).toEqual(terms('de', 'Garten'));
});

test('a language without a stemmer yet is folded: case, width and accents', () => {
  expect(terms('nb', 'ＡＢＣ Ålesund')).toEqual(['abc', 'alesund']);
});

test('a type without locales is taken as English', () => {
  expect(terms(null, 'running')).toEqual(terms('en', 'running'));
});

test('decomposed and composed letters are the same word', () => {
  expect(terms('de', 'Ga\u0308rten')).toEqual(terms('de', 'G\u00e4rten'));
});

test('surfaces show a word as people write it, uncapitalised where they do', () => {
  const surfaces = createAnalyzer('en').surfaces('Starters sulk. My starter is HTTPS.');
  expect([...surfaces.values()]).toEqual(expect.arrayContaining(['starter', 'HTTPS']));
});
