import type { PanelRow } from 'shared/contracts';

import {
  decisionsIn,
  exclude,
  pin,
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
  until: null,
  explanation: null,
  ...over,
});

describe('what an editor decides', () => {
  const none = { pins: [], exclusions: [] };
  const some = { pins: ['a', 'b'], exclusions: ['x'] };

  test('each change and what it leaves alone', () => {
    expect(pin('a')(none)).toEqual({ pins: ['a'], exclusions: [] });
    expect(pin('x')(some)).toEqual({ pins: ['a', 'b', 'x'], exclusions: [] });
    expect(pin('a')(some)).toEqual({ pins: ['a', 'b'], exclusions: ['x'] });
    expect(unpin('a')(some)).toEqual({ pins: ['b'], exclusions: ['x'] });
    expect(exclude('a')(some)).toEqual({ pins: ['b'], exclusions: ['x', 'a'] });
    expect(restore('x')(some)).toEqual({ pins: ['a', 'b'], exclusions: [] });
  });

  test('an order is pinned, and keeps what somebody else pinned meanwhile', () => {
    expect(reorder(['c', 'a'], ['a'])(some)).toEqual({ pins: ['c', 'a', 'b'], exclusions: ['x'] });
    // What somebody else excluded or unpinned since stays out.
    expect(reorder(['x', 'c'], [])(some)).toEqual({ pins: ['c', 'a', 'b'], exclusions: ['x'] });
    expect(reorder(['gone', 'c'], ['gone'])(some)).toEqual({
      pins: ['c', 'a', 'b'],
      exclusions: ['x'],
    });
  });

  test('rows say what was decided, and are shown as they will be', () => {
    const rows = [
      row('a', { origin: 'pinned' }),
      row('gone', { origin: 'pinned', state: 'deleted', strength: null }),
      row('b'),
      row('c'),
    ];
    const decisions = decisionsIn(rows, [{ reference: 'x', title: 'x', state: 'published' }]);
    expect(decisions).toEqual({ pins: ['a', 'gone'], exclusions: ['x'] });
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
  const watched = { values: ['title', 'body'], relations: ['category'] };

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

  test('in Markdown, nothing of title or address ends the link early', () => {
    expect(markdownLink(target)).toBe('[A \\[small\\] "loaf"](/articles/a-%28small%29%20loaf)');
  });

  test('a title is text, whatever it holds', () => {
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
});
