import { languageOf, type Language } from 'plugin/engine/analysis/languages';
import { InMemoryIndex } from 'plugin/engine/embedded/in-memory-index';

import { doc, RANKING } from '../helpers/documents';
import { ARTICLES } from '../helpers/languages';

/** An analyser for English, for any text: whole runs of letters, English endings and stop words. */
const ENGLISH: Language = { ...languageOf('en'), segment: false };

/** How many of the articles have their counterpart first in their list. */
function fellowsFirst(code: string, language: Language | string, minScore: number): number {
  const collection = { type: 'article', locale: code };
  const engine = new InMemoryIndex(
    () => ({ ...RANKING, minScore }),
    () => language,
  );
  const pairs = ARTICLES[code];
  pairs.forEach((pair, subject) => {
    pair.forEach(([title, body], i) => {
      engine.upsertAtOnce(collection, doc(`${subject}${'ab'[i]}`, { title, body, slug: null }));
    });
  });
  const fellow = { a: 'b', b: 'a' };
  return pairs.flatMap((pair, subject) =>
    (['a', 'b'] as const).filter((one) => {
      const list = engine.related(collection, `${subject}${one}`) ?? [];
      return list[0]?.id === `${subject}${fellow[one]}`;
    }),
  ).length;
}

const NAMES: Record<string, string> = {
  ar: 'Arabic',
  de: 'German',
  fi: 'Finnish',
  ja: 'Japanese',
  ru: 'Russian',
  th: 'Thai',
  tr: 'Turkish',
  zh: 'Chinese',
};

test.each(Object.entries(NAMES))('%s (%s): related articles come first', (code) => {
  expect(fellowsFirst(code, code, RANKING.minScore)).toBe(6);
});

test.each(Object.entries(NAMES))('%s (%s): an English analyser would not find them', (code) => {
  expect(fellowsFirst(code, ENGLISH, 0)).toBeLessThanOrEqual(3);
});
