import type { LanguageEntry } from './language-table';

const NOT_ASCII = /\P{ASCII}/u;
/** Arabic vowel signs and the stretching stroke; they are optional, and mostly absent. */
const ARABIC_MARKS =
  // eslint-disable-next-line no-misleading-character-class -- single marks are meant
  /[\u0610-\u061A\u0640\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E8\u06EA-\u06ED]/g;
/** Hebrew vowel points and cantillation, as optional as the Arabic ones. */
const HEBREW_MARKS = /[\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7]/g;
const SOFT_HYPHEN = /\u00AD/g;
const CURLY_APOSTROPHE = /[’ʼ＇\u05F3]/g;
/** Hebrew abbreviations are one word: צה"ל. */
const GERSHAYIM = /["\u05F4]/g;
/** What lower-casing a dotted capital I produces outside Turkish. */
const DOT_ABOVE_I = /i\u0307/g;
const ACCENTED = /([\p{Script=Latin}\p{Script=Greek}])[\u0300-\u036F]+/gu;

/**
 * Gives one spelling to what every reader of the language sees as the same word: case, width (ＡＢＣ, ﾊﾟﾝ),
 * ligatures, ß = ss, letters with two code points, optional vowel signs. Accents stay; see `foldAccents`.
 */
export function createFold(code: string, language: LanguageEntry): (word: string) => string {
  const lowerCase = language.ownLowerCase
    ? (word: string) => word.toLocaleLowerCase(code)
    : (word: string) => word.toLowerCase();
  const ofLanguage = OF_LANGUAGE[code];
  // In Yiddish the points tell letters apart, and the Yiddish stemmer expects them.
  const hebrewMarks = code === 'yi' ? null : HEBREW_MARKS;

  return (word) => {
    if (!NOT_ASCII.test(word)) return lowerCase(word);
    let folded = lowerCase(word.normalize('NFKC'))
      .replace(DOT_ABOVE_I, 'i')
      .replace(SOFT_HYPHEN, '')
      .replace(CURLY_APOSTROPHE, "'")
      .replace(GERSHAYIM, '')
      .replace(ARABIC_MARKS, '')
      .replaceAll('ß', 'ss');
    if (hebrewMarks) folded = folded.replace(hebrewMarks, '');
    return ofLanguage ? ofLanguage(folded) : folded;
  };
}

const persian = (word: string) => word.replace(/[يى]/g, 'ی').replaceAll('ك', 'ک');

const OF_LANGUAGE: Readonly<Record<string, (word: string) => string>> = {
  fa: persian,
  ur: persian,
  ru: (word) => word.replaceAll('ё', 'е'),
  // In texts from before 2007, letters with a cedilla stand for those with a comma.
  ro: (word) => word.replaceAll('ş', 'ș').replaceAll('ţ', 'ț'),
};

/** Drops accents from Latin and Greek letters where they are optional in the language. */
export function createAccentFold({ accents }: LanguageEntry): (word: string) => string {
  if (!accents) return (word) => word;
  const letters = new Set(accents === 'all' ? '' : accents.except);
  const bare = (word: string) => word.normalize('NFD').replace(ACCENTED, '$1').normalize('NFC');
  return (word) => {
    if (!NOT_ASCII.test(word)) return word;
    if (letters.size === 0) return bare(word);
    return [...word].map((letter) => (letters.has(letter) ? letter : bare(letter))).join('');
  };
}
