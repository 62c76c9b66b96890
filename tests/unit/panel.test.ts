import type { PanelRow } from 'shared/contracts';

import {
  bodyOf,
  clear,
  decisionsIn,
  exclude,
  hide,
  move,
  pin,
  pinUntil,
  preview,
  reorder,
  restore,
  unpin,
} from '../../src/plugins/related-articles/admin/src/panel/decisions';
import { changesIn } from '../../src/plugins/related-articles/admin/src/panel/form';
import {
  markdownLink,
  targetOf,
  withLink,
  withPhraseLinked,
  withTargetReplaced,
} from '../../src/plugins/related-articles/admin/src/shared/links';

const row = (reference: string, over: Partial<PanelRow> = {}): PanelRow => ({
  reference,
  title: reference,
  state: 'published',
  origin: 'suggested',
  groups: [],
  date: null,
  url: null,
  strength: 'good',
  isLinked: false,
  isPicked: false,
  isPlaced: false,
  until: null,
  explanation: null,
  ...over,
});

describe('what an editor decides', () => {
  const decided = (pins: string, exclusions: string) => ({
    pins: [...pins],
    exclusions: [...exclusions],
    ends: {},
    isHidden: false,
  });
  const none = decided('', '');
  const some = decided('ab', 'x');

  test('each change and what it leaves alone', () => {
    expect(pin('a')(none)).toEqual(decided('a', ''));
    expect(pin('x')(some)).toEqual(decided('abx', ''));
    expect(pin('a')(some)).toEqual(decided('ab', 'x'));
    // A row that keeps its place for a moment comes back to it.
    expect(pin('z', [])(some)).toEqual(decided('zab', 'x'));
    expect(pin('z', ['a', 'c'])(some)).toEqual(decided('azb', 'x'));
    expect(pin('z', ['a', 'b', 'c'])(some)).toEqual(decided('abz', 'x'));
    expect(unpin('a')(some)).toEqual(decided('b', 'x'));
    // A later pin does not end when this one would have.
    const ending = pinUntil('a', '2026-12-24')(none);
    for (const change of [unpin('a'), exclude('a')]) {
      expect(pin('a')(change(ending))).toEqual(decided('a', ''));
    }
    expect(exclude('a')(some)).toEqual(decided('b', 'xa'));
    expect(restore('x')(some)).toEqual(decided('ab', ''));
    expect(clear(hide(true)(some))).toEqual({ ...none, isHidden: true });
    const dated = pinUntil('c', '2026-03-01T00:00:00.000Z')(some);
    expect(bodyOf(dated)).toEqual({
      pins: ['a', 'b', { reference: 'c', until: '2026-03-01T00:00:00.000Z' }],
      exclusions: ['x'],
      hidden: false,
    });
    expect(pinUntil('c', null)(dated)).toEqual(decided('abc', 'x'));
  });

  test('an order is pinned, and keeps what somebody else pinned meanwhile', () => {
    expect(reorder(['c', 'a'], ['a'])(some)).toEqual(decided('cab', 'x'));
    // What somebody else excluded or unpinned since stays out.
    expect(reorder(['x', 'c'], [])(some)).toEqual(decided('cab', 'x'));
    expect(reorder(['gone', 'c'], ['gone'])(some)).toEqual(decided('cab', 'x'));
  });

  test.each([
    ['up to the top', '', 4, 0, 'e'],
    ['down to the third place', '', 0, 2, 'bca'],
    ['up behind a pin', 'a', 3, 1, 'ad'],
    ['among pins, which all stay pinned', 'abc', 2, 0, 'cab'],
    ['above pins', 'ab', 4, 0, 'eab'],
    ['a pin down into the rest', 'ab', 0, 3, 'bcda'],
  ])(
    'a row that is moved %s pins what is above it and nothing below',
    (_, pins, from, to, left) => {
      const rows = [...'abcde'].map((name) =>
        row(name, { origin: pins.includes(name) ? 'pinned' : 'suggested' }),
      );
      expect(move(rows, from, to)(decided(pins, ''))).toEqual(decided(left, ''));
    },
  );

  test('rows say what was decided, and are shown as they will be', () => {
    const rows = [
      row('a', { origin: 'pinned' }),
      row('gone', { origin: 'pinned', state: 'deleted', strength: null }),
      row('b'),
      row('c'),
    ];
    const excluded = { reference: 'x', title: 'x', state: 'published' as const };
    const decisions = decisionsIn(rows, [excluded], { isHidden: false });
    expect(decisions).toEqual({ ...none, pins: ['a', 'gone'], exclusions: ['x'] });
    const shown = (after: typeof decisions) =>
      preview(rows, after).map(({ reference, origin }) => `${reference} ${origin}`);
    expect(shown(pin('c')(decisions))).toEqual([
      'a pinned',
      'gone pinned',
      'c pinned',
      'b suggested',
    ]);
    expect(shown(unpin('gone')(decisions))).toEqual(['a pinned', 'b suggested', 'c suggested']);
    expect(shown(exclude('b')(decisions))).toEqual(['a pinned', 'gone pinned', 'c suggested']);
  });
});

describe('what stands in the form', () => {
  const watched = { values: ['title', 'body'], relations: ['category'], isLocalized: true };

  test('values that are not saved, and relations as they were connected and disconnected', () => {
    const saved = { title: 'A', body: [{ text: 'x' }], secret: 's' };
    expect(changesIn(watched, saved, saved)).toEqual({});
    const values = {
      title: 'B',
      body: [{ text: 'x' }],
      secret: 't',
      category: {
        connect: [{ id: 3, apiData: { id: 3, documentId: 'new' } }],
        disconnect: [{ id: 1, documentId: 'old' }, { id: 2 }],
      },
    };
    expect(changesIn(watched, values, saved)).toEqual({
      values: { title: 'B' },
      relations: {
        category: { connect: [{ documentId: 'new' }], disconnect: [{ documentId: 'old' }] },
      },
    });
    expect(changesIn(watched, { body: undefined }, saved)).toEqual({
      values: { title: null, body: null },
    });
  });
});

describe('links', () => {
  const target = { title: 'A [small] "loaf"', url: '/articles/a-(small) loaf' };

  test('a row leads somewhere when its address is known', () => {
    expect(targetOf({ title: 'A', url: null })).toBeNull();
    expect(targetOf({ title: null, url: '/a' })).toBeNull();
    expect(targetOf({ title: 'A', url: '/a' })).toEqual({ title: 'A', url: '/a' });
  });

  test('in Markdown, nothing in a title or address ends the link early', () => {
    expect(markdownLink(target)).toBe('[A \\[small\\] "loaf"](/articles/a-%28small%29%20loaf)');
  });

  test('a title is plain text, whatever it contains', () => {
    const title = '<img src=x onerror=alert(1)> *b* _i_ `c` [x](javascript:1) &amp; ![i](y)\nnext';
    const link = markdownLink({ title, url: '/a"><b>' });
    expect(link).toBe(
      '[\\<img src=x onerror=alert(1)\\> \\*b\\* \\_i\\_ \\`c\\` \\[x\\](javascript:1) \\&amp; \\!\\[i\\](y) next](/a%22%3E%3Cb%3E)',
    );
    expect(withLink('', 'html', { title, url: '/a' })).toContain(
      '&lt;img src=x onerror=alert(1)&gt;',
    );
  });

  test('at the end of a body, in a paragraph of its own', () => {
    const plain = { title: 'A', url: '/a' };
    expect(withLink('Text.\n', 'markdown', plain)).toBe('Text.\n\n[A](/a)\n');
    expect(withLink(null, 'markdown', plain)).toBe('[A](/a)\n');
    expect(withLink('<p>Text.</p>', 'html', target)).toBe(
      '<p>Text.</p>\n\n<p><a href="/articles/a-(small) loaf">A [small] &quot;loaf&quot;</a></p>\n',
    );
    const paragraph = { type: 'paragraph', children: [{ type: 'text', text: 'Text.' }] };
    expect(withLink([paragraph], 'blocks', plain)).toEqual([
      paragraph,
      {
        type: 'paragraph',
        children: [
          { type: 'text', text: '' },
          { type: 'link', url: '/a', children: [{ type: 'text', text: 'A' }] },
          { type: 'text', text: '' },
        ],
      },
    ]);
  });

  test('a phrase becomes a link, and a link leads elsewhere, where they still stand', () => {
    const rye = { title: 'Rye [bread]', url: '/articles/rye-(1)' };
    const place = { path: [], start: 8, end: 13, phrase: 'bread' };
    expect(withPhraseLinked('We bake bread.', 'markdown', place, rye)).toBe('We bake [bread](/articles/rye-%281%29).'); // prettier-ignore
    expect(withPhraseLinked('Today we bake bread.', 'markdown', place, rye)).toBeNull();
    expect(withPhraseLinked('Warm!bread', 'markdown', { ...place, start: 5, end: 10 }, rye)).toBe('Warm\\![bread](/articles/rye-%281%29)'); // prettier-ignore
    expect(withPhraseLinked('bread and bread', 'markdown', place, rye)).toBeNull();
    expect(withPhraseLinked('We bake.', 'markdown', place, rye)).toBeNull();
    const text = (value: string) => ({ type: 'text', text: value, bold: true });
    const blocks = [{ type: 'paragraph', children: [text('We bake bread.')] }];
    const inBlocks = { ...place, path: [0, 0] };
    const linked = withPhraseLinked(blocks, 'blocks', inBlocks, rye);
    const link = { type: 'link', url: rye.url, children: [text('bread')] };
    expect(linked).toEqual([{ type: 'paragraph', children: [text('We bake '), link, text('.')] }]);
    expect(withPhraseLinked(blocks, 'blocks', { ...inBlocks, path: [1, 0] }, rye)).toBeNull();
    const old = { path: [0, 1], start: 0, end: 0, target: rye.url };
    expect(withTargetReplaced(linked, 'blocks', old, '/new')).toEqual([
      { type: 'paragraph', children: [text('We bake '), { ...link, url: '/new' }, text('.')] },
    ]);
    const inMarkdown = { path: [], start: 4, end: 8, target: '/old' };
    expect(withTargetReplaced('[x](/old)', 'markdown', inMarkdown, '/new')).toBe('[x](/new)');
    expect(withTargetReplaced('[x](/gone)', 'markdown', inMarkdown, '/new')).toBeNull();
  });
});
