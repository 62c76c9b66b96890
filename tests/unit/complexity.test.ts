import { createAnalyzer } from 'plugin/engine/analysis/analyzer';
import { LANGUAGES } from 'plugin/engine/analysis/language-table';
import { readBlocks } from 'plugin/content/extract/blocks';
import { mayBeHtml, readHtml } from 'plugin/content/extract/html';
import { readMarkdown } from 'plugin/content/extract/markdown';
import { readText } from 'plugin/content/text';
import { parseQuery } from 'plugin/controllers/rest/related-query';
import { runAtOnce, type Steps } from 'plugin/engine/steps';
import { hashText } from 'plugin/engine/hash';
import { BigramCounts } from 'plugin/engine/counts/bigram-counts';
import { TermTable } from 'plugin/engine/signals/term-table';
import { GrowableInts } from 'plugin/engine/growable';
import { costOf, expectLinear, longestOf, processorTime, type Cost } from '../helpers/growth';

/*
 * Reading text takes time in proportion to its length, in steps short enough for other work of the process. Only growth
 * is judged here; `npm run bench -- reading` prints how long it takes.
 */

const LONG = 1_000_000;

const filled = (unit: string, length: number): string =>
  unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

function costOfSteps(make: () => Steps<unknown>): Cost {
  const started = processorTime();
  const each: number[] = [];
  for (const steps = make(); ;) {
    const before = processorTime();
    const { done } = steps.next();
    const now = processorTime();
    each.push(now - before);
    if (done) return { total: now - started, steps: each };
  }
}

const expectShortSteps = (of: (length: number) => () => Steps<unknown>): void =>
  expectLinear((length) => costOfSteps(of(length)), LONG, true);

/** Hostile in markdown, HTML or both, and harmless ones. */
const UNITS = [
  '<x>', '<x', '</x>', '<div>', '<b><i>', '<a href="/x">', '<a href="', '<pre>', '<!--', '<![CDATA[', '&amp;', '&', '![', '[', '[a](', '[a](b)', '[![', '[a][', '[a]: b\n', '*a_ ', '**a *b __c ', '`', '``` a ', '~~~\n', '```\n', '> ', '>a\n', '>>>>\na\n', '>-\na\n', '- ', '  - a\n', '1. ', '\n\n', ' \n', '\\', '| a ', '|-', '#', '_', '==\n', '\t', '漢', 'ก', '{', 'Bread rises in the oven. ', 'Feed *the* [starter](/articles/rye).\n\n',
]; // prettier-ignore

describe('extractors', () => {
  test.each(UNITS)('markdown of %j', (unit) => {
    expectShortSteps((length) => () => readMarkdown(filled(unit, length)));
  });

  test.each(UNITS)('HTML of %j', (unit) => {
    expectShortSteps((length) => () => readHtml(filled(unit, length)));
  });

  test.each(['](/', '](#', '](./'])(
    'HTML with many %j is told from Markdown as fast as any',
    (unit) => {
      const costOn = (content: string) => {
        const text = `<p>\n\na${filled(content, LONG)}>`;
        return longestOf(...([0, 1, 2].map(() => costOf(() => void mayBeHtml(text))) as [Cost]));
      };
      expect(costOn(unit)).toBeLessThan(8 * Math.max(40, costOn('Bread rises. ')));
    },
  );

  test('blocks: many, wide and deep', () => {
    const text = { type: 'text', text: 'ab ' };
    const paragraph = { type: 'paragraph', children: [text] };
    expectShortSteps((length) => {
      const many = Array.from({ length: length / 60 }, () => paragraph);
      return () => readBlocks(many);
    });
    expectShortSteps((length) => {
      const wide = [{ type: 'list', children: Array.from({ length: length / 30 }, () => text) }];
      return () => readBlocks(wide);
    });
  });
});

/** Scripts, each read as one long run without spaces or punctuation, and as separate words. */
const SCRIPTS: Record<string, string> = {
  han: '漢字仮名交文', kana: 'ひらがなカタカナ', thai: 'ภาษาไทย', lao: 'ພາສາລາວ', khmer: 'ភាសាខ្មែរ', burmese: 'မြန်မာဘာသာ', latin: 'abcdefgh', accents: 'éàüöñç', marks: 'e\u0301\u0302\u0303', arabic: 'العربية', hebrew: 'עברית', apostrophes: "a'b'c'", quotes: 'א"ב"', cyrillic: 'русский', hangul: '한국어', emoji: '🍞👩‍👩‍👧', joiners: 'क\u200dख\u200c', digits: '12345678', words: 'bread rises ', wordsWithAccents: 'crème brûlée ',
}; // prettier-ignore

/** Words of letters and digits whose hashes all start in one run of slots, however large a table grows. */
function crowding(count: number): string[] {
  const characters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
  const pairs = characters.flatMap((a) => characters.map((b) => a + b));
  const words: string[] = [];
  for (const start of pairs) {
    for (const end of pairs) {
      const hash = hashText(start + end + start);
      if (((hash ^ (hash >>> 15)) & (2 ** 18 - 1)) < 2600 * 6) words.push(start + end + start);
      if (words.length === count) return words;
    }
  }
  return words;
}

describe('analysis', () => {
  test.each(Object.keys(SCRIPTS))('a run of %s', (script) => {
    const { vocabulary, surfacesInSteps } = createAnalyzer('en');
    const of = (length: number) => filled(SCRIPTS[script], length);
    expectShortSteps((length) => {
      const text = of(length);
      return () => vocabulary.readInSteps(text, new GrowableInts());
    });
    expectShortSteps((length) => {
      const text = of(length);
      return () => surfacesInSteps(text);
    });
  });

  test.each(Object.keys(LANGUAGES))('distinct words in %s', (code) => {
    const letters = [...'abcdefghijklmnopqrstuvwxyzaäöçşжшαβאبعबकख'];
    const wordOf = (i: number) =>
      Array.from({ length: 9 }, (_, k) => letters[(i * 7 + k * (i % 11)) % letters.length]).join(
        '',
      );
    const words = Array.from({ length: 4000 }, (_, i) => wordOf(i));
    expectLinear(
      (count) => {
        const { vocabulary } = createAnalyzer(code);
        const text = words.slice(0, count).join(' ');
        return costOfSteps(() => vocabulary.readInSteps(text, new GrowableInts()));
      },
      words.length,
      true,
    );
  });

  test('words that would crowd one slot of a table', () => {
    const words = crowding(60_000);
    expectShortSteps((length) => {
      const { vocabulary } = createAnalyzer('en');
      const text = words.slice(0, (length / LONG) * words.length).join(' ');
      return () => vocabulary.readInSteps(text, new GrowableInts());
    });
    // Words that went to other slots still mean the same.
    const { vocabulary } = createAnalyzer('en');
    const [first, again] = [new GrowableInts(), new GrowableInts()];
    runAtOnce(vocabulary.readInSteps(words.join(' '), first));
    runAtOnce(vocabulary.readInSteps(words.join(' '), again));
    expect(again.values()).toEqual(first.values());
    for (const [at, word] of words.entries()) {
      if (at % 997 === 0) expect(vocabulary.termOf(word)).toBe(createAnalyzer('en').vocabulary.termOf(word)); // prettier-ignore
    }
  }, 60_000);

  test('ids that would crowd one slot of a table', () => {
    const count = 80_000;
    const crowded: number[] = [];
    // Ids that the usual factor would put next to each other.
    for (let id = 0; crowded.length < count; id += 1) {
      if ((Math.imul(id, 0x9e3779b1) & 65_535) < 500) crowded.push(id & 0xffffff);
    }
    expectLinear((length) => {
      const ids = crowded.slice(0, length);
      const table = new TermTable(ids.length);
      let isThere = false;
      const cost = costOf(() => {
        ids.forEach((id, at) => table.set(id, at));
        isThere = ids.every((id, at) => table.get(id) === at);
      });
      expect(isThere).toBe(true);
      return cost;
    }, count);
  });

  test('pairs of words that would crowd one slot of a table', () => {
    const count = 20_000;
    const crowded: number[] = [];
    for (let pair = 0; crowded.length < count; pair += 1) {
      if ((pair & (2 ** 18 - 1)) < 2 ** 11) crowded.push(pair & 0xffffff);
    }
    expectLinear((length) => {
      const pairs = crowded.slice(0, length);
      const counts = new BigramCounts();
      let sum = 0;
      const cost = costOf(() => {
        for (const pair of pairs) counts.add(pair);
        for (const pair of pairs) sum += counts.get(pair);
        for (const pair of pairs) counts.remove(pair);
      });
      expect([sum, counts.size]).toEqual([length, 0]);
      return cost;
    }, count);
  });

  test('reading in steps gives the same words as reading at once, wherever it is cut', () => {
    const { vocabulary } = createAnalyzer('en');
    const words = Array.from({ length: 20_000 }, (_, i) => `word${i % 977}`);
    const text = words.join(' ');
    const [inSteps, atOnce] = [new GrowableInts(), new GrowableInts()];
    runAtOnce(vocabulary.readInSteps(text, inSteps));
    vocabulary.read(text, atOnce);
    expect([...inSteps.values()]).toEqual([...atOnce.values()]);
  });
});

describe('long markdown', () => {
  const filler = 'A sentence about bread and its crust. '.repeat(20);

  test('is read like short markdown: lists, references, code that spans pieces', () => {
    const parts = Array.from({ length: 60 }, (_, i) => `## Part ${i}\n\n${filler}\n\nSee [this][n${i}] and [that](/articles/a${i}).\n\n\`\`\`js\nconst hidden${i} = 1;\n\n\`\`\`\n`); // prettier-ignore
    const definitions = Array.from({ length: 60 }, (_, i) => `[n${i}]: /articles/n${i}`);
    const { text, links } = runAtOnce(
      readMarkdown(`${parts.join('\n')}\n${definitions.join('\n')}`),
    );
    expect(links).toEqual(Array.from({ length: 60 }, (_, i) => [`/articles/n${i}`, `/articles/a${i}`]).flat()); // prettier-ignore
    expect(text).not.toMatch(/hidden/);
    expect(text.match(/Part \d+/g)).toHaveLength(60);
    expect(text.match(/crust/g)).toHaveLength(1200);
  });

  test('code that begins and ends on one line does not hide what follows', () => {
    for (const line of ['```npm run build```', 'Run ```npm ci``` first.']) {
      const { text, links } = runAtOnce(
        readMarkdown(
          `${`${filler}\n\n`.repeat(30)}\n${line}\n\nThe end, see [that](/articles/last).\n`,
        ),
      );
      expect([line, text.includes('The end'), links]).toEqual([line, true, ['/articles/last']]);
    }
  });

  test('code longer than a piece is left out, and what follows is read', () => {
    const code = `\`\`\`\n${'secret code\n\n'.repeat(5000)}\`\`\`\n`;
    const { text } = runAtOnce(readMarkdown(`before\n\n${code}\nafter\n`));
    expect(text).not.toMatch(/secret/);
    expect(text).toMatch(/before[^]*after/);
  });
});

test('blocks are cut in time proportional to their length, however deep they are nested', () => {
  const sources = [{ kind: 'blocks', attribute: 'body', weight: 1, private: false }] as never;
  const list = (children: unknown[]) => ({ type: 'list', format: 'ordered', children });
  const nested = (depth: number) => {
    const texts = Array.from({ length: LONG / 27 }, () => ({ type: 'text', text: 'a' }));
    let inner = list([{ type: 'list-item', children: texts }]);
    for (let at = 0; at < depth; at += 1) inner = list([inner]);
    return [inner];
  };
  for (const most of [20_000, LONG]) {
    const [flat, deep] = [0, 90].map((depth) => {
      const body = nested(depth);
      const once = () => costOfSteps(() => readText(sources, { body }, most));
      return longestOf(once(), once(), once());
    });
    expect({ most, flat, deep, isLinear: deep < 5 * Math.max(flat, 20) }).toMatchObject({ isLinear: true }); // prettier-ignore
  }
});

test('a score of many digits is refused in time proportional to their number', () => {
  const cost = (length: number) => () => {
    const asked = { minScore: `${'1'.repeat(length)}x` };
    expect(() => parseQuery(asked, { exclude: 10, sources: 10 })).toThrow();
  };
  expectLinear((length) => costOf(cost(length)), 80_000, false);
});
