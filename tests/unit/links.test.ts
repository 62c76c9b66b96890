import fc from 'fast-check';
import {
  linkableBlocks,
  linkableHtml,
  linkableMarkdown,
  type LinkablePart,
} from 'plugin/content/extract/linkable';
import { createAnalyzer } from 'plugin/engine/analysis/analyzer';
import { runAtOnce } from 'plugin/engine/steps';
import { findPhrases as phrasesInSteps } from 'plugin/services/panel/link-phrases';
import { costOf, expectLinear } from '../helpers/growth';

const findPhrases = (...asked: Parameters<typeof phrasesInSteps>) => runAtOnce(phrasesInSteps(...asked)); // prettier-ignore

const textOf = (parts: readonly LinkablePart[]) => parts.map(({ text }) => text).join('|');

describe('where a text may get links', () => {
  test('in paragraphs, lists and quotes, not in headings, code, links, images and tags', () => {
    const source = [
      '# A heading',
      '',
      'One `code` two [a link](/articles/a "title") three ![image](x.png) four.',
      'See https://example.org/path and <b>bold</b> and [by reference][id] five, [shortcut].',
      'An <a href="/articles/c">anchor</a> too.',
      '<img',
      'alt="twelve" src="x.png">',
      '',
      '- six \\[seven',
      '> eight',
      '',
      '```js',
      'const nine = 9;',
      '```',
      '',
      'Ten',
      '===',
      '',
      '    eleven()',
      '',
      '[id]: /articles/b',
    ].join('\n');
    const { parts, links } = linkableMarkdown(source);
    const text = textOf(parts);
    for (const word of ['One', 'two', 'three', 'four', 'bold', 'five', 'six', 'seven', 'eight']) {
      expect(text).toContain(word);
    }
    for (const word of [
      'heading',
      'code',
      'a link',
      'image',
      'example',
      'reference',
      'shortcut',
      'anchor',
      'nine',
      'Ten',
      'eleven',
      'twelve',
    ]) {
      expect(text).not.toContain(word);
    }
    expect(links.map(({ target, text: label, start, end }) => [target, label, source.slice(start, end)])).toEqual([
      ['/articles/a', 'a link', '/articles/a'],
      ['/articles/c', 'anchor', '/articles/c'],
      ['/articles/b', 'id', '/articles/b'],
    ]); // prettier-ignore
  });

  test('links count wherever they are: in headings, tables, by reference, and in HTML', () => {
    const source = [
      '# A [heading](/a/heading)',
      '',
      'Under [it](/a/under)',
      '---',
      '',
      '| One | Two |',
      '|---|---|',
      '| [cell](/a/cell) | <a href="/a/anchor">a cell</a> |',
      '',
      '[By name][The Name], [the  name] and [unused][nothing].',
      '',
      '<div>',
      "<a class=x href='/a/html'>in <b>HTML</b></a> <a href=/a/bare>bare</a>",
      '</div>',
      '',
      '```',
      '[code](/a/code)',
      '```',
      '',
      '[the name]: </a/name> "Title"',
      '[the name]: /a/second',
      '',
      '> [Quoted][] and [far]',
      '>',
      '> [quoted]: /a/quoted',
      '> [far]:',
      '> /a/far',
      '',
      '[spare]: /a/spare',
    ].join('\n');
    const { parts, links } = linkableMarkdown(source);
    expect(links.map(({ target, text }) => [target, text])).toEqual([
      ['/a/heading', 'heading'],
      ['/a/under', 'it'],
      ['/a/cell', 'cell'],
      ['/a/anchor', 'a cell'],
      ['/a/html', 'in HTML'],
      ['/a/bare', 'bare'],
      ['/a/name', 'the name'],
      ['/a/quoted', 'quoted'],
      ['/a/far', 'far'],
    ]);
    for (const { target, start, end } of links) expect(source.slice(start, end)).toBe(target);
    expect(textOf(parts)).not.toMatch(/heading|cell|HTML/);
  });

  test('an HTML text has links, and no place for others', () => {
    const source =
      '<p>See <a title="x" href="/a/one">one <em>of</em> them</a>, <a name="x">none</a>, <a href="/a?b&amp;c">with an entity</a></p><a href="/a/last">';
    const { parts, links } = linkableHtml(source);
    expect(parts).toEqual([]);
    expect(links).toMatchObject([
      { target: '/a/one', text: 'one of them' },
      { target: '/a?b&amp;c', address: '/a?b&c', text: 'with an entity' },
      { target: '/a/last', text: '' },
    ]);
    for (const { target, start, end } of links) expect(source.slice(start, end)).toBe(target);
  });

  test('in blocks likewise, by the path of their nodes', () => {
    const text = (value: string, more = {}) => ({ type: 'text', text: value, ...more });
    const blocks = [
      { type: 'heading', level: 2, children: [text('Heading')] },
      { type: 'paragraph', children: [text('One '), text('code', { code: true }), { type: 'link', url: '/articles/a', children: [text('linked')] }] }, // prettier-ignore
      { type: 'list', children: [{ type: 'list-item', children: [text('Item')] }] },
      { type: 'code', children: [text('x()')] },
      null,
      { type: 'quote', children: 'nothing' },
    ];
    const { parts, links } = linkableBlocks(blocks);
    expect(parts.map(({ text: part, path }) => [part, path])).toEqual([
      ['One ', [1, 0]],
      ['Item', [2, 0, 0]],
    ]);
    expect(links).toMatchObject([{ target: '/articles/a', text: 'linked', path: [1, 2] }]);
  });

  const pieces = fc.constantFrom('word ', '[', ']', '(', ')', '`', '``', '!', '<', '>', '\\', '\n', '\n\n', '# ', '> ', '- ', 'https://a.b ', '\r\n', '***', '[x](/articles/y)', '<a href="/articles/z">', '</a>', '<div>', '[x]', '[x]: /a', '|-|\n', '|'); // prettier-ignore
  test('of any markdown: each part is a piece of it, in order, and none overlaps another or a link', () => {
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 60 }).map((all) => all.join('')),
        (source) => {
          const { parts, links } = linkableMarkdown(source);
          const spans = [
            ...parts.map(({ start, text }) => {
              expect(source.slice(start, start + text.length)).toBe(text);
              return [start, start + text.length];
            }),
            ...links.map(({ start, end, target }) => {
              expect(source.slice(start, end)).toBe(target);
              return [start, end];
            }),
          ].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
          spans
            .slice(1)
            .forEach(([start], at) => expect(start).toBeGreaterThanOrEqual(spans[at][1]));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    '[',
    '![',
    '`',
    '(',
    '<a',
    '[x](',
    '\\',
    'http://',
    '<a href="',
    '<a href="x">',
    '<p><a href="x">',
    '[a]: x\n',
    '[a]:\n',
    '> [',
    '[a][b]',
    '|[x](y)|\n|-|\n',
  ])('hostile text of %j is read in linear time', (piece) => {
    expectLinear((length) => {
      const source = piece.repeat(length / piece.length);
      return costOf(() => void linkableMarkdown(source));
    }, 400_000);
  });
});

describe('phrases that could carry a link', () => {
  const analyzer = createAnalyzer('en');
  const find = (
    paragraphs: string[],
    targets: { title: string; terms?: string[]; text?: string }[],
  ) => {
    const { parts } = linkableMarkdown(paragraphs.join('\n\n'));
    const asked = targets.map(({ title, terms = [], text = '' }) => {
      return { reference: title, title, terms, text };
    });
    const found = findPhrases(parts, asked, analyzer);
    return targets.map(({ title }) => found.get(title)?.map(({ phrase }) => phrase) ?? []);
  };

  test('the longest part of a title, inflected, whole words alone', () => {
    const text =
      'Whoever chooses a first telescope reads. Telescopes are fine. Telescopic sights are not.';
    const [[first]] = find([text], [{ title: 'Choosing a first telescope' }]);
    expect(first).toBe('chooses a first telescope');
    expect(find(['Sharpen the chisel.'], [{ title: 'Sharpening chisels without gadgets' }])).toEqual([[]]); // prettier-ignore
    expect(find(['Sharpen chisels often.'], [{ title: 'Sharpening chisels without gadgets' }])).toEqual([['Sharpen chisels']]); // prettier-ignore
  });

  test('a single word of the title, if the target is about it', () => {
    const text = 'The composting is watered. Water it again, and walk.';
    const title = 'A compost heap that needs water, and a walk';
    const target = { title, terms: ['walks', 'composting', 'water'] };
    expect(find([text], [{ ...target, text: 'Compost. Composted! Composts? A walk.' }])).toEqual([['composting']]); // prettier-ignore
    expect(find([text], [{ ...target, text: 'Compost: composted.' }])).toEqual([[]]);
  });

  test('strong words side by side in both texts, and none of them alone', () => {
    const text = 'The heat of a waning moon? None: a waning moon is cold.';
    const target = { title: 'An evening out', terms: ['heat', 'moons', 'waning'] };
    expect(find([text], [{ ...target, text: 'Waning\nmoon, heat, heat, heat' }])).toEqual([['waning moon', 'waning moon']]); // prettier-ignore
    expect(find([text], [{ ...target, text: 'The moon is waning.' }])).toEqual([[]]);
  });

  test('one link a phrase, first choices spread over the paragraphs, the sentence beside it', () => {
    const found = find(
      ['Rye bread with rye flour. Rye bread again.', 'Later, rye bread was baked.'],
      [{ title: 'Rye bread' }, { title: 'A history of rye bread' }],
    );
    expect(found.map(([phrase]) => phrase)).toEqual(['Rye bread', 'rye bread']);
    const { parts } = linkableMarkdown('Before. We bake rye bread on Sunday. After.');
    const targets = [{ reference: 'r', title: 'Rye bread', terms: [], text: '' }];
    expect(findPhrases(parts, targets, analyzer).get('r')?.[0]).toEqual({
      path: [],
      start: 16,
      end: 25,
      phrase: 'rye bread',
      before: 'We bake ',
      after: ' on Sunday.',
    });
  });

  test.each([
    ['the title over and over', 'Choosing a first telescope '],
    ['one of its words', 'telescope '],
    ['strong words', 'lunar crater '],
    ['strong words, apart', 'lunar crater, other words. '],
    ['strong words, inflected', 'lunar craters lunar craterS, x'],
    ['white space', 'telescope          '],
    ['sentences', 'A telescope. '],
    ['no words', '. ! ? '],
  ])('%s: linear in the text, however many targets there are', (_, piece) => {
    const targets = Array.from({ length: 15 }, (__, at) => ({
      reference: String(at),
      title: 'Choosing a first telescope, a first telescope',
      terms: ['telescope', 'lunar', 'crater', 'word', 'choosing', 'first'],
      text: 'A lunar map of craters. '.repeat(4000),
    }));
    expectLinear((length) => {
      const part = { text: piece.repeat(length / piece.length), path: [0], start: 0, paragraph: 0 };
      return costOf(() => void findPhrases([part], targets, analyzer));
    }, 100_000);
  });

  test('in Japanese and German', () => {
    const { parts } = linkableMarkdown('今日は天体望遠鏡を選ぶ話です。');
    const targets = [{ reference: 'r', title: '天体望遠鏡', terms: [], text: '' }];
    const [place] = findPhrases(parts, targets, createAnalyzer('ja')).get('r') ?? [];
    expect(place?.phrase).toBe('天体望遠鏡');
    const german = linkableMarkdown('Wer einen Sauerteig ansetzen will, braucht Zeit.').parts;
    const wanted = [{ reference: 'r', title: 'Sauerteige ansetzen', terms: [], text: '' }];
    expect(findPhrases(german, wanted, createAnalyzer('de')).get('r')?.[0].phrase).toBe('Sauerteig ansetzen'); // prettier-ignore
  });
});
