import { extractHtml } from 'plugin/engine/extract/html';
import { extractMarkdown } from 'plugin/engine/extract/markdown';
import { createUrlPattern } from 'plugin/engine/extract/url-pattern';

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

  test.each(['articles/:slug', '/articles', '/:slug/:documentId'])('%s is refused', (wrong) =>
    expect(() => createUrlPattern(wrong)).toThrow(/exactly one of :slug and :documentId/),
  );
});
