import fc from 'fast-check';

import { movedPlace } from '../../src/plugins/related-articles/admin/src/shared/moved';

const placeOf = (text: string, phrase: string, from = 0) => {
  const start = text.indexOf(phrase, from);
  return { path: [] as number[], start, end: start + phrase.length };
};
/** The text that stands at the place now. */
const at = (before: string, now: string, place: ReturnType<typeof placeOf>) => {
  const moved = movedPlace(before, now, 'markdown', place);
  return moved && now.slice(moved.start, moved.end);
};

describe('finds where a phrase is after the text has changed', () => {
  const text = 'Water the seeds, and water them again.';
  const second = placeOf(text, 'water', 8);

  test('before, behind and on both sides of it', () => {
    expect(movedPlace(text, text, 'markdown', second)).toEqual(second);
    expect(movedPlace(text, `Oh. ${text}`, 'markdown', second)?.start).toBe(second.start + 4);
    expect(movedPlace(text, `${text} Twice.`, 'markdown', second)?.start).toBe(second.start);
    expect(at(text, 'Water seeds, and water them again.', second)).toBe('water');
  });

  test('not where it was rewritten, even if it occurs elsewhere', () => {
    expect(at(text, 'Water the seeds, and give them more water.', second)).toBeNull();
    const seeds = placeOf(text, 'seeds');
    expect(at(text, 'Water the grains, and water them again. ![](seeds.jpg)', seeds)).toBeNull();
  });

  test('not as a part of another word', () => {
    expect(at(text, 'Water the seeds, and waters them again.', second)).toBeNull();
    expect(at(text, 'Water the seeds, and rewater them again.', second)).toBeNull();
    expect(at(text, 'Water the seeds, and water, them again.', second)).toBe('water');
  });

  test('not as a part of another address', () => {
    const link = 'See [the plan](/articles/plan) here.';
    const target = { ...placeOf(link, '/articles/plan'), target: '/articles/plan' };
    for (const [typed, now] of [
      ['-two', null],
      ['/more', null],
      ['?x', null],
      ['2', null],
      [' "Title"', '/articles/plan'],
    ] as const) {
      expect(at(link, link.replace('plan)', `plan${typed})`), target)).toBe(now);
    }
    expect(at(link, link.replace('/articles', 'https://site.org/articles'), target)).toBeNull();
    expect(at(link, link.replace('here', 'there'), target)).toBe('/articles/plan');
  });

  test('in blocks, also where paragraphs come before it', () => {
    const block = (...texts: string[]) => ({
      type: 'paragraph',
      children: texts.map((one) => ({ type: 'text', text: one })),
    });
    const before = [block('One.'), block('Two ', text)];
    const place = { ...second, path: [1, 1] };
    expect(movedPlace(before, [block('New.'), ...before], 'blocks', place)?.path).toEqual([2, 1]);
    const typed = [block('One.'), block('Two ', `Oh. ${text}`)];
    expect(movedPlace(before, typed, 'blocks', place)).toEqual({ path: [1, 1], start: second.start + 4, end: second.end + 4 }); // prettier-ignore
    expect(movedPlace(before, [block('One.')], 'blocks', place)).toBeNull();
    expect(movedPlace(before, null, 'blocks', place)).toBeNull();
  });

  test('whatever part is rewritten, the place found holds the same phrase', () => {
    const words = fc.array(fc.constantFrom('a', 'b', ' ', 'ab', 'é'), { maxLength: 30 });
    fc.assert(
      fc.property(words, words, words, fc.nat(), fc.nat(), (first, last, anew, from, length) => {
        const before = `${first.join('')} phrase ${last.join('')}`;
        const place = placeOf(before, 'phrase');
        const start = from % (before.length + 1);
        const end = Math.min(before.length, start + (length % 10));
        const now = before.slice(0, start) + anew.join('') + before.slice(end);
        const found = at(before, now, place);
        const isTouched = start < place.end && end > place.start;
        if (found !== null) expect(found).toBe('phrase');
        // A letter right next to the phrase may have made it part of a word.
        else expect(isTouched || start === place.end || end === place.start).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
