import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { extractBlocks } from 'plugin/content/extract/blocks';
import { extractHtml, looksLikeHtml } from 'plugin/content/extract/html';
import { extractMarkdown } from 'plugin/content/extract/markdown';
import { createUrlPattern } from 'plugin/config/url-pattern';
import { costOf, expectLinear } from '../helpers/growth';

describe('markdown', () => {
  test('keeps words, drops markup, code blocks and link targets', () => {
    const { text, links } = extractMarkdown(
      '# Bread\n\nA *slow* [loaf](/articles/loaf "title") with `yeast`.\n\n```js\nconst hidden = 1;\n```\n\n![a crust](crust.png)',
    );
    expect(text).toMatch(/Bread/);
    expect(text).toMatch(/slow loaf with yeast/);
    expect(text).toMatch(/a crust/);
    expect(text).not.toMatch(/hidden|articles|\*|crust\.png/);
    expect(links).toEqual(['/articles/loaf']);
  });

  test('reads reference links, tables and HTML inside', () => {
    const { text, links } = extractMarkdown(
      'See [this][1] and <a href="/articles/b">that</a>.\n\n| a | b |\n|---|---|\n| rye | wheat |\n\n<div><p>block <a href="/articles/c">c</a></p></div>\n\n[1]: /articles/a',
    );
    expect(links).toEqual(['/articles/a', '/articles/b', '/articles/c']);
    expect(text).toMatch(/rye/);
    expect(text).toMatch(/block c/);
  });

  test('HTML within a paragraph separates words as on the page, and hides what the page hides', () => {
    const { text } = extractMarkdown(
      'flour<br>water <b>sal</b>ty <script>alert(secret)</script>end\n\n| a | b |\n|---|---|\n| <ul><li>one</li><li>two</li></ul> | x |',
    );
    expect(text.split(/\s+/).filter(Boolean)).toEqual(
      'flour water salty end a b one two x'.split(' '),
    );
  });

  test('gives the words that the parser finds with its own rules', () => {
    const parser = new MarkdownIt({ html: true, linkify: false });
    const expected = (source: string): string =>
      parser
        .parse(source, {})
        .filter(({ type }) => type === 'inline')
        .flatMap(({ children }) => [
          ...(children ?? []).map(({ type, content }) => {
            if (type.endsWith('break')) return '\n';
            return type === 'image' ? ` ${content} ` : content;
          }),
          '\n',
        ])
        .join('');
    const part = fc.oneof(
      ...[...'\n`~*_[]!&\\()#->+=:|{}$%^@ 1'].map((character) => fc.constant(character)),
      fc.constantFrom('word', 'a_b', '[link](/a)', '![image](/b)', '&amp;', '\n\n', '[1]: /c\n', 'Ünï', '日本'), // prettier-ignore
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const source = parts.join('');
        expect(extractMarkdown(source).text).toBe(expected(source));
      }),
      { numRuns: 3000 },
    );
  });

  test('a bare address is no link', () => {
    expect(extractMarkdown('https://site.org/articles/a').links).toEqual([]);
  });
});

test('HTML: words of neighbouring blocks do not run together; scripts and code are silent', () => {
  const { text, links } = extractHtml(
    '<p>one</p><p>two</p><script>evil()</script><pre>code</pre><a href="/x">three</a> &amp; four',
  );
  expect(text.split(/\s+/).filter(Boolean)).toEqual(['one', 'two', 'three', '&', 'four']);
  expect(links).toEqual(['/x']);
});

test('an empty picture hides nothing', () => {
  const source = '<p>one</p> <svg class="icon"/> <p>two <svg><path d="M0"/>no</svg> three</p>';
  for (const extract of [extractHtml, extractMarkdown]) {
    const words = extract(source).text.split(/\s+/).filter(Boolean);
    expect(words).toEqual(['one', 'two', 'three']);
  }
});

test('HTML: every element that is not inline separates words', () => {
  const { text } = extractHtml(
    '<details><summary>a</summary>b</details><aside>c</aside>d<nav>e</nav>f<pre>x</pre>g<img>h<option>i</option><option>j</option><my-box>k</my-box>',
  );
  expect(text.split(/\s+/).filter(Boolean).join('')).toBe('abcdefghijk');
  expect(text.split(/\s+/).filter(Boolean)).toHaveLength(11);
});

test.each([
  ['<main>\n\n    <p>x</p>\n\n</main>', true],
  ['<!-- wp:paragraph -->\n<p>a</p>\n\n    <p>b</p>\n<!-- /wp -->', true],
  ['<p>a</p>', true],
  ['<b>bold</b> start of *markdown*', false],
  ['<div>box</div>\n\n# Markdown\n\n<br>', false],
  ['plain', false],
])('%j is HTML throughout: %s', (source, expected) => expect(looksLikeHtml(source)).toBe(expected));

test('blocks: no file names, and no depth is too deep', () => {
  const image = { name: 'IMG.jpg', alternativeText: 'IMG.jpg', caption: 'a loaf' };
  expect(extractBlocks([{ type: 'image', image, children: [] }]).text.trim()).toBe('a loaf');
  let deep: unknown = { type: 'text', text: 'x' };
  for (let i = 0; i < 50_000; i += 1) deep = { type: 'list', children: [deep] };
  expect(extractBlocks([deep]).text).not.toContain('x');
});

describe('url pattern', () => {
  const pattern = createUrlPattern('/articles/:slug');

  test.each([
    ['/articles/bread', 'bread'],
    ['https://magazine.example/articles/bread', 'bread'],
    ['/articles/bread?utm=1#top', 'bread'],
    ['/articles/bread/', 'bread'],
    ['/articles/br%C3%B6t', 'bröt'],
  ])('%s leads to %s', (target, slug) => expect(pattern.match(target)).toBe(slug));

  test.each([
    '/articles',
    '/articles/a/b',
    '/recipes/bread',
    '#articles',
    'mailto:a@b.c',
    '',
    '/articles/%E0%A4%A',
    'http://[',
  ])('%s leads nowhere', (target) => expect(pattern.match(target)).toBeNull());

  test('other segments may vary', () => {
    expect(createUrlPattern('/:year/posts/:slug').match('/2024/posts/a')).toBe('a');
    expect(createUrlPattern('/p/:documentId').match('/p/x1')).toBe('x1');
  });

  test('the address of a document, if the pattern says enough', () => {
    const loaf = { documentId: 'x1', slug: 'bröt und wein', locale: 'de' };
    const addressOf = (address: string, document = loaf) =>
      createUrlPattern(address).addressOf(document);
    expect(addressOf('/articles/:slug')).toBe('/articles/br%C3%B6t%20und%20wein');
    expect(addressOf('https://a.example/:locale/p/:documentId')).toBe('https://a.example/de/p/x1');
    expect(addressOf('/:year/:slug')).toBeNull();
    expect(addressOf('/:slug', { ...loaf, slug: null as never })).toBeNull();
    expect(createUrlPattern('/articles/:slug').match(addressOf('/articles/:slug') ?? '')).toBe(
      'bröt und wein',
    );
  });

  test('letters beyond ASCII and spaces are compared as links write them', () => {
    const books = createUrlPattern('/bücher im regal/:slug');
    expect(books.match('/bücher im regal/faust')).toBe('faust');
    expect(books.match('/b%C3%BCcher%20im%20regal/faust')).toBe('faust');
  });

  test('a trailing slash of the site counts for relative links', () => {
    const from = { documentId: '1', slug: 'rye', locale: null };
    expect(createUrlPattern('/articles/:slug/').match('../other', from)).toBe('other');
    expect(createUrlPattern('/articles/:slug').match('other', from)).toBe('other');
  });

  test('hostile targets end quickly, whatever the pattern', () => {
    for (const many of ['/:a-:b-:c-:d-:e-:f-:slug/x', '/:year-:month-:day-:slug', '/:slug-:a-:b']) {
      const address = createUrlPattern(many);
      for (const long of [1200, 100_000]) {
        for (const unit of ['-', 'a-']) {
          expectLinear((length) => costOf(() => void address.match(`/${unit.repeat(length)}/x`)), long); // prettier-ignore
        }
      }
    }
    expect(createUrlPattern('/:year-:month-:slug').match('/2024-05-a-b')).toBe('a-b');
  });

  test.each([
    '/post?id=:documentId',
    '/#/articles/:slug',
    '//example.org/articles/:slug',
    '/:a:slug',
  ])('%s is refused', (wrong) => expect(() => createUrlPattern(wrong)).toThrow(/must be a path/));

  test.each(['articles/:slug', '/articles', '/:slug/:documentId'])('%s is refused', (wrong) =>
    expect(() => createUrlPattern(wrong)).toThrow(/exactly one of :slug and :documentId/),
  );
});

test.each([5, 28, 40, 200, 490])(
  '%d lines of code in a quote are no words, wherever they begin',
  (count) => {
    for (const before of [0, 3, 25]) {
      for (const mark of ['> ', '>> ', '>']) {
        const lines = (name: string, times: number) => Array.from({ length: times }, () => name);
        const all = [...lines('before', before), '```js', ...lines('code', count), '```', ...lines('after', 50)]; // prettier-ignore
        const { text } = extractMarkdown(all.map((line) => mark + line).join('\n'));
        expect(text.split(/\s+/).filter(Boolean)).toEqual([...lines('before', before), ...lines('after', 50)]); // prettier-ignore
      }
    }
  },
);

test('code in a list in a long quote hides nothing that comes after it', () => {
  const lines = (name: string, times: number) => Array.from({ length: times }, () => `> ${name}`);
  const codes = [
    ['> - ```js', '>   hidden', '>   ```'],
    ['> ```', '> > ```', '> hidden', '> ```'],
  ];
  for (const code of codes) {
    for (const before of [0, 20, 28]) {
      const text = [...lines('before', before), ...code, '>', ...lines('after', 200)].join('\n');
      expect(extractMarkdown(text).text.match(/after/g)?.length ?? 0).toBeGreaterThan(160);
    }
  }
});
