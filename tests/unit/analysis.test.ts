import fc from 'fast-check';
import { createAnalyzer } from 'plugin/engine/analysis/analyzer';
import { splitWords } from 'plugin/engine/analysis/words';
import { LANGUAGES } from 'plugin/engine/analysis/language-table';
import { languageOfCollection, languageOfLocale } from 'plugin/engine/analysis/languages';
import { algorithms } from 'plugin/engine/analysis/snowball/stemmers';
import stopwordsIso from 'stopwords-iso';

const terms = (locale: string | null, text: string) =>
  createAnalyzer(languageOfCollection(locale)).terms(text);
/** Whether the language's analyser takes all of them for the same word. */
const same = (locale: string, ...words: string[]) =>
  new Set(words.map((word) => terms(locale, word).join(' '))).size === 1;

describe('English', () => {
  test('words are stemmed, stop words left out, accents and apostrophes folded', () => {
    expect(terms('en', 'The bakers’ loaves were baking in Café ovens')).toEqual(
      terms('en', "bakers' loav bake cafe oven's"),
    );
    expect(terms('en', 'the and of')).toEqual([]);
    expect(same('en', 'naïve', 'naive', 'NAÏVE')).toBe(true);
  });

  test('a stop word that is a subject counts', () => {
    expect(terms('en', 'the fire, a computer and its system')).toEqual([
      'fire',
      'comput',
      'system',
    ]);
  });

  test('a type without locales counts as English', () => {
    expect(terms(null, 'running')).toEqual(terms('en', 'running'));
  });
});

describe('folding', () => {
  test('case, width, ligatures and composition make no difference in any language', () => {
    for (const locale of ['en', 'de', 'ja', 'x-klingon']) {
      expect(same(locale, 'ＡＢＣ', 'abc', 'ABC')).toBe(true);
      expect(same(locale, 'ﬁnanz', 'finanz')).toBe(true);
      expect(same(locale, 'Ga\u0308rten', 'G\u00e4rten')).toBe(true);
      expect(same(locale, 'Donau\u00ADdampfer', 'Donaudampfer')).toBe(true);
    }
    expect(same('ja', 'ﾊﾟﾝ', 'パン')).toBe(true);
  });

  test.each([
    ['en', 'café', 'cafe'],
    ['fr', 'élèves', 'eleves'],
    ['es', 'Pérez', 'Perez'],
    ['pt', 'econômico', 'económico'],
    ['it', 'virtù', 'virtu'],
    ['nl', 'coördinatie', 'coordinatie'],
    ['el', 'ΨΩΜΙ', 'ψωμί'],
  ])('%s treats an accent as optional: %s = %s', (locale, accented, bare) => {
    expect(same(locale, accented, bare)).toBe(true);
  });

  test.each([
    ['es', 'caña', 'cana'],
    ['pt', 'maçã', 'maca'],
    ['sv', 'får', 'far'],
    ['fi', 'sää', 'saa'],
    ['tr', 'ölüm', 'olum'],
    ['pl', 'łaska', 'laska'],
    ['cs', 'rádce', 'řádce'],
    ['hu', 'kór', 'kor'],
    ['vi', 'bảo', 'bão'],
    ['uk', 'їжа', 'іжа'],
    ['hi', 'किताब', 'कताब'],
    ['ja', 'パン', 'ハン'],
  ])('%s tells words apart by a mark: %s is not %s', (locale, one, other) => {
    expect(same(locale, one, other)).toBe(false);
  });

  test('German ß is ss', () => {
    expect(same('de', 'Straße', 'Strasse', 'STRASSE', 'STRAẞE')).toBe(true);
    expect(terms('de', 'daß')).toEqual([]);
  });

  test('Russian ё is е', () => expect(same('ru', 'ёлка', 'елка', 'Ёлка')).toBe(true));
  test('Romanian letters with a cedilla are those with a comma', () =>
    expect(same('ro', 'ştiinţă', 'știință')).toBe(true));
  test('Turkish has an I of its own', () => {
    expect(same('tr', 'IŞIK', 'ışık')).toBe(true);
    expect(same('tr', 'İstanbul', 'istanbul')).toBe(true);
    expect(same('tr', 'ISIN', 'isin')).toBe(false);
    expect(same('en', 'İstanbul', 'Istanbul')).toBe(true);
  });

  test('Arabic vowel signs and stretching make no difference', () => {
    expect(same('ar', 'كِتَاب', 'كتاب', 'كتـــاب')).toBe(true);
  });
  test('Persian joiners and Arabic letters make no difference', () => {
    expect(same('fa', 'کتاب‌ها', 'کتابها', 'كتابها')).toBe(true);
  });
  test('Hebrew vowel points make no difference', () => {
    expect(same('he', 'שָׁלוֹם', 'שלום')).toBe(true);
  });
});

describe('apostrophes', () => {
  test.each([
    ['en', "the baker's bread", ['baker', 'bread']],
    ['fr', "l'école d’hiver aujourd'hui", ['ecol', 'hiv']],
    ['it', "dell'albero", ['alber']],
    ['ca', "l'aigua", ['aigu']],
    ['tr', "İstanbul'da", ['istanbul']],
    ['uk', "об'єкт", ['обєкт']],
    ['en', "O'Brien O'Brien's D'Angelo we'll", ['obrien', 'obrien', 'dangelo']],
    ['pt', "copo d'água", ['cop', 'agu']],
    ['id', "Jum'at", ['jumat']],
    ['he', "ג'ירפה ג׳ירפה ז'קט", ['גירפה', 'גירפה', 'זקט']],
    ['he', 'צה"ל צה״ל', ['צהל', 'צהל']],
  ])('in %s: %s', (locale, text, expected) => {
    expect(terms(locale, text)).toEqual(expected);
  });
});

describe('scripts without spaces', () => {
  test.each([
    ['zh', '我们喜欢新鲜的面包', '面包'],
    ['ja', '新しいパンを焼く', 'パン'],
    ['th', 'ขนมปังอบสดใหม่', 'ขนมปัง'],
    ['km', 'នំប៉័ងស្រស់ៗ', 'ស្រស់'],
    ['lo', 'ເຂົ້າຈີ່ສົດໃໝ່', 'ສົດ'],
    ['my', 'ပေါင်မုန့်အသစ်', 'အသစ်'],
  ])('%s: words are found by the dictionary', (locale, text, word) => {
    const found = terms(locale, text);
    expect(found.length).toBeGreaterThan(1);
    expect(found).toContain(word);
  });

  test('are split whatever the locale says', () => {
    expect(terms('en', '我们喜欢新鲜的面包')).toContain('面包');
  });

  test('a lone kana is not a word', () => {
    expect(terms('x-klingon', 'ねこがいる')).not.toContain('が');
  });
});

describe('locales', () => {
  test.each([
    ['de-AT', 'de'],
    ['pt_BR', 'pt'],
    ['zh-Hant-TW', 'zh'],
    ['nb', 'no'],
    ['iw', 'he'],
    ['x-klingon', null],
  ])('%s is read as %s', (locale, code) => expect(languageOfLocale(locale)).toBe(code));

  test('words of an unknown language are compared as they are written', () => {
    expect(terms('x-klingon', 'running the Qapla’ tests')).toEqual([
      'running',
      'the',
      'qapla',
      'tests',
    ]);
  });
});

test('every language that Snowball covers is stemmed, by each algorithm one', () => {
  const used = Object.values(LANGUAGES).flatMap((entry) =>
    'stemmer' in entry ? [entry.stemmer] : [],
  );
  expect([...used].sort()).toEqual([...algorithms].sort());
});

test('every list of stopwords-iso is used', () => {
  const lists = Object.keys(stopwordsIso as Record<string, string[]>);
  expect(Object.keys(LANGUAGES)).toEqual(expect.arrayContaining(lists));
});

/** Two forms of one word each, by language. */
const FORMS: Partial<Record<keyof typeof LANGUAGES, [string, string]>> = {
  ar: ['الكتاب', 'كتاب'],
  ca: ['aigües', 'aigua'],
  cs: ['knihy', 'kniha'],
  da: ['bøgerne', 'bøger'],
  de: ['Häuser', 'Haus'],
  el: ['ψωμιά', 'ψωμί'],
  en: ['baking', 'baked'],
  eo: ['libroj', 'libro'],
  es: ['libros', 'libro'],
  et: ['raamatud', 'raamat'],
  eu: ['liburuak', 'liburu'],
  fa: ['کتابها', 'کتاب'],
  fi: ['taloissa', 'talossa'],
  fr: ['livres', 'livre'],
  ga: ['bpáirc', 'páirc'],
  hi: ['किताबें', 'किताब'],
  hu: ['könyvek', 'könyv'],
  hy: ['քաղաքներ', 'քաղաք'],
  id: ['membaca', 'baca'],
  it: ['libri', 'libro'],
  lt: ['knygos', 'knyga'],
  ne: ['किताबहरु', 'किताब'],
  nl: ['boeken', 'boek'],
  no: ['bøkene', 'bøker'],
  pl: ['książki', 'książka'],
  pt: ['livros', 'livro'],
  ro: ['cărțile', 'cărți'],
  ru: ['хлеба', 'хлеб'],
  sr: ['књиге', 'knjiga'],
  st: ['rekisa', 'reka'],
  sv: ['böckerna', 'böcker'],
  ta: ['புத்தகங்கள்', 'புத்தகம்'],
  tr: ['kitaplar', 'kitap'],
  yi: ['ביכער', 'ביכערס'],
};

test.each(
  Object.entries(LANGUAGES).flatMap(([code, entry]) =>
    'stemmer' in entry ? [[code, entry.name] as const] : [],
  ),
)('%s (%s): forms of a word match each other', (code) => {
  const [one, other] = FORMS[code as keyof typeof FORMS] ?? [];
  expect(one).toBeDefined();
  expect(same(code, one as string, other as string)).toBe(true);
});

test.each(
  Object.entries(LANGUAGES).flatMap(([code, entry]) =>
    'stopwords' in entry && entry.stopwords === null ? [] : [[code, entry.name] as const],
  ),
)('%s (%s): stop words do not count', (code) => {
  const list = (stopwordsIso as Record<string, string[]>)[code].filter(
    (word) => !/[^\p{L}\p{M}]/u.test(word),
  );
  // A few Chinese ones are two words to the dictionary.
  const left = terms(code, list.join(' \n'));
  expect(left.length).toBeLessThan(list.length * 0.15);
});

test('surfaces show a word as people write it, uncapitalised where they do', () => {
  const surfaces = createAnalyzer('en').surfaces('Starters sulk. My starter is HTTPS.');
  expect([...surfaces.values()]).toEqual(expect.arrayContaining(['starter', 'HTTPS']));
});

test('reading a text character by character gives the words that the rules of all scripts find', () => {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...'aB9_\'’- .\t\né߀中の𝒳\u0301\u00ad\u200d"ש') },
    {
      weight: 2,
      arbitrary: fc.constantFrom("it's", 'l’école', "o'9", 'naïve', 'ＡＢＣ', '東京タワー'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom('x'.repeat(63), 'y'.repeat(70)) },
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
      fc.constantFrom('en', 'fr', 'ja'),
      (text, language) => {
        const { terms, vocabulary } = createAnalyzer(language);
        const expected = splitWords(text, true)
          .map((word) => vocabulary.termOf(word))
          .filter(Boolean);
        expect(terms(text)).toEqual(expected);
        // Once more, now that every spelling is known.
        expect(terms(text)).toEqual(expected);
      },
    ),
    { numRuns: 2000 },
  );
});

test('finds words even after more spellings than it remembers', () => {
  const { terms } = createAnalyzer('en');
  const many = (from: number) =>
    Array.from({ length: 40_000 }, (_, i) => `word${from + i}`).join(' ');
  expect(terms(many(0))).toHaveLength(40_000);
  expect(terms(many(40_000))).toHaveLength(40_000);
  expect(terms('word1 word79999 word80001 word1')).toEqual([
    'word1',
    'word79999',
    'word80001',
    'word1',
  ]);
});

test('a letter that stands for a phrase is one term without spaces', () => {
  for (const language of ['ar', 'ur', 'en']) {
    const terms = createAnalyzer(language).terms('before \uFDFA after \uFDFB');
    expect(terms.filter((term) => /\s/.test(term))).toEqual([]);
    expect(terms.length).toBeGreaterThan(1);
  }
});
