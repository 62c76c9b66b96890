import { bodyOf } from 'plugin/services/panel/body';

type Sources = Parameters<typeof bodyOf>[0]['text'];

const source = (attribute: string, kind: string) =>
  ({ attribute, kind, weight: 1, private: false }) as Sources[number];
const body = (
  text: Sources,
  entity: object | null = {},
  { customField, hidden }: { customField?: string; hidden?: string } = {},
) =>
  bodyOf(
    { text },
    {
      attributes: { body: { type: 'richtext', customField } },
      mayChange: (attribute) => attribute !== hidden,
      entity: entity && { documentId: 'a', ...entity },
    },
  );

describe('the text that links are put into', () => {
  test.each([
    ['one HTML element after another', '<p>One</p>\n<p>Two</p>\n', 'html'],
    ['HTML with empty lines', '<div>\n\nOne\n\n</div>\n<p>Two</p>', 'html'],
    ['Markdown', 'One\n\n<b>Two</b>', 'markdown'],
    ['Markdown that begins with HTML', '<p>One</p>\n\nTwo', 'markdown'],
    ['Markdown between HTML', '<figure></figure>\n\nOne [two](/three).\n\n<hr>', 'markdown'],
    ['Markdown in an element', '<div>\n\nOne [two](/three).\n\n</div>', 'markdown'],
    [
      'Markdown with CRLF between HTML',
      '<img src="a">\r\n\r\nOne [two](/three).\r\n\r\n<hr>',
      'markdown',
    ],
    [
      'Markdown between HTML with a title',
      '<!-- a -->\n\nOne [two](/three "Four").\n\n<hr>',
      'markdown',
    ],
    [
      'HTML that shows brackets',
      '<p>Call <code>b[name](event)</code>.</p>\n\nOne\n\n<p>[a](b)</p>',
      'html',
    ],
    ['HTML with code', '<p>One</p><pre>a = 1;\n\nb[name](event);</pre><p>Two</p>', 'html'],
    ['Markdown that is a bare address', '<https://example.org>', 'markdown'],
    ['nothing', '', 'markdown'],
    ['no text', null, 'markdown'],
  ])('is written as it shows: %s', (_, text, format) => {
    expect(body([source('body', 'richtext')], { body: text })).toEqual({
      attribute: 'body',
      format,
    });
  });

  test.each([
    ['html', 'html'],
    ['markdown', 'markdown'],
    ['blocks', 'blocks'],
  ])('is written as it is configured: %s', (kind, format) => {
    expect(body([source('body', kind)], { body: '# One' })).toEqual({ attribute: 'body', format });
  });

  test('is not one that is plain, a component or a file', () => {
    const others = ['plain', 'component', 'zone', 'media'].map((kind) => source(kind, kind));
    expect(body(others)).toBeNull();
    expect(body([...others, source('body', 'markdown')])).toEqual({ attribute: 'body', format: 'markdown' }); // prettier-ignore
  });

  test('is not one that the editor may not change', () => {
    const both = [source('body', 'richtext'), source('notes', 'markdown')];
    expect(body(both, {}, { hidden: 'body' })).toMatchObject({ attribute: 'notes' });
  });

  test("is unknown while another field than Strapi's own is empty", () => {
    const sources = [source('body', 'richtext')];
    const customField = 'plugin::editor.html';
    expect(body(sources, { body: ' ' }, { customField })).toBeNull();
    expect(body(sources, null, { customField })).toBeNull();
    expect(body(sources, { body: '<p>One</p>' }, { customField })).toMatchObject({
      format: 'html',
    });
  });
});
