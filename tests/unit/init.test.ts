import { addConfiguration } from 'plugin/cli/plugins-file';
import { contentTypesOf, propose } from 'plugin/config/propose';
import type { Schema } from 'plugin/config/attributes';
import { resolveTypes } from 'plugin/config/resolve';
import { validateConfig } from 'plugin/config/validate';

const relation = (kind: string, target?: string) => ({ type: 'relation', relation: kind, target });
const type = (
  singularName: string,
  attributes: Schema['attributes'],
  more: Partial<Schema> = {},
): Schema => ({
  kind: 'collectionType',
  info: { singularName, pluralName: `${singularName}s` },
  attributes: { ...attributes, createdAt: { type: 'datetime' }, publishedAt: { type: 'datetime' } },
  ...more,
});

const SCHEMAS: Record<string, Schema> = {
  'api::story.story': type(
    'story',
    {
      headline: { type: 'string' },
      handle: { type: 'uid' },
      teaser: { type: 'text' },
      words: { type: 'blocks' },
      sections: { type: 'dynamiczone', components: ['shared.rich', 'shared.slider'] },
      size: { type: 'component', component: 'shared.slider' },
      leadership: { type: 'text' },
      metaphor: { type: 'text' },
      expiryDate: { type: 'date' },
      seo: { type: 'component', component: 'shared.seo' },
      videoUrl: { type: 'string' },
      notes: { type: 'text', private: true },
      section: relation('manyToOne', 'api::section.section'),
      topics: relation('manyToMany', 'api::topic.topic'),
      cover: { type: 'media' },
      pages: { ...relation('oneToMany', 'api::page.page'), mappedBy: 'story' },
      stages: relation('oneToMany', 'api::topic.topic'),
      sequel: relation('manyToMany', 'api::story.story'),
      owner: relation('manyToOne', 'admin::user'),
      about: relation('morphToOne'),
      postedOn: { type: 'date' },
    },
    { pluginOptions: { i18n: { localized: true } } },
  ),
  'api::section.section': type('section', {
    name: { type: 'string' },
    blurb: { type: 'text' },
    stories: relation('oneToMany', 'api::story.story'),
  }),
  'api::topic.topic': type('topic', { name: { type: 'string' } }),
  'api::page.page': type('page', { number: { type: 'integer' }, words: { type: 'richtext' } }),
  'shared.rich': { info: {}, attributes: { body: { type: 'richtext' } } },
  'shared.slider': {
    info: {},
    attributes: { files: { type: 'media' }, speed: { type: 'integer' } },
  },
  'shared.seo': { info: {}, attributes: { description: { type: 'text' } } },
  'api::faq.faq': type('faq', {
    locale: { type: 'string' },
    question: { type: 'text' },
    answer: { type: 'richtext' },
  }),
  'api::home.home': type('home', { title: { type: 'string' } }, { kind: 'singleType' }),
};

test('a configuration is proposed from the schemas, with a reason for each guess', () => {
  const proposal = propose(SCHEMAS, { 'api::story.story': 'headline' });
  expect(contentTypesOf(proposal)).toEqual({
    'api::story.story': {
      title: 'headline',
      slug: 'handle',
      text: { teaser: 2, words: 1, sections: 1, leadership: 1, metaphor: 1 },
      relations: { section: 1, topics: 2, stages: 2 },
      date: 'postedOn',
      url: '/:locale/storys/:slug',
    },
    'api::faq.faq': { title: 'question', text: { answer: 1 } },
  });
  const resolve = () =>
    resolveTypes(validateConfig({ contentTypes: contentTypesOf(proposal) }), SCHEMAS);
  expect(resolve).not.toThrow();
  for (const { guesses } of proposal.types) {
    for (const { reason } of guesses) expect(reason).not.toBe('');
  }
  expect(Object.fromEntries(proposal.left.map(({ what, reason }) => [what, reason]))).toEqual({
    'api::section.section': expect.stringContaining('groups api::story.story'),
    'api::topic.topic': expect.stringContaining('no text'),
    'api::page.page': expect.stringContaining('that could be the title'),
    'api::home.home': expect.stringContaining('single type'),
    'api::story.story seo': expect.stringContaining('search engines'),
    'api::story.story videoUrl': expect.stringContaining('not prose'),
    'api::story.story notes': 'private',
    'api::story.story pages': expect.stringContaining('no two documents share it'),
    'api::story.story sequel': expect.stringContaining('its own type'),
    'api::story.story owner': expect.stringContaining('admin::user'),
    'api::faq.faq date': expect.any(String),
    'api::story.story about': expect.stringContaining('several types'),
  });
});

describe('config/plugins', () => {
  const TYPES = { 'api::story.story': { title: "head'line", text: { words: 1 } } };
  const CONFIG = `'related-articles': {
    enabled: true,
    config: {
      contentTypes: {
        'api::story.story': {
          title: 'head\\'line',
          text: {
            words: 1,
          },
        },
      },
    },
  },`;
  const TYPED = CONFIG.replace('    },\n  },', '    } satisfies RelatedArticlesConfig,\n  },');
  const IMPORT =
    "import type { RelatedArticlesConfig } from 'strapi-plugin-related-articles/strapi-server';";

  test.each<[string, string | null, boolean, string]>([
    [
      'that is missing, in TypeScript',
      null,
      true,
      `${IMPORT}\n\nexport default () => ({\n  ${TYPED}\n});\n`,
    ],
    [
      'that is missing, in JavaScript',
      null,
      false,
      `module.exports = () => ({\n  ${CONFIG}\n});\n`,
    ],
    [
      'that is empty',
      'export default () => ({});\n',
      true,
      `${IMPORT}\n\nexport default () => ({\n  ${TYPED}\n});\n`,
    ],
    [
      'with a named function and a comment',
      "import type { Core } from '@strapi/strapi';\n\nconst config = ({ env }: Core.Config.Shared.ConfigParams): Core.Config.Plugin => ({\n  // ours\n  upload: { size: env.int('SIZE') },\n});\n\nexport default config;\n",
      true,
      `import type { Core } from '@strapi/strapi';\n${IMPORT}\n\nconst config = ({ env }: Core.Config.Shared.ConfigParams): Core.Config.Plugin => ({\n  ${TYPED}\n  // ours\n  upload: { size: env.int('SIZE') },\n});\n\nexport default config;\n`,
    ],
    [
      'with a function that returns',
      'module.exports = ({ env }) => {\n  return {\n  a: 1,\n  };\n};\n',
      false,
      `module.exports = ({ env }) => {\n  return {\n  ${CONFIG}\n  a: 1,\n  };\n};\n`,
    ],
    [
      'with a plain object',
      'module.exports = { a: 1 };\n',
      false,
      `module.exports = {\n  ${CONFIG} a: 1 };\n`,
    ],
  ])('%s is added to', (_what, text, typescript, expected) => {
    expect(addConfiguration(text, TYPES, typescript)).toEqual({ text: expected });
  });

  test('a file that already configures the plugin, or whose object is not found, is left alone', () => {
    expect(addConfiguration("export default { 'related-articles': {} };", TYPES, true)).toBe(
      'configured',
    );
    expect(addConfiguration('export default makeConfig();', TYPES, true)).toBe('unclear');
    expect(addConfiguration('console.log(1);', TYPES, true)).toBe('unclear');
    for (const [text, expected] of [
      [
        "module.exports = ({ env }) => { if (env('X')) return { a: 1 }; return { b: 1 }; };",
        'unclear',
      ],
      ['let config = {}; config = { a: 1 }; module.exports = config;', 'unclear'],
      ['const config = { a: 1 }; module.exports = (config) => { return config; };', 'unclear'],
      ["const c = {}; c['related-articles'] = {}; module.exports = c;", 'configured'],
      ['module.exports = { [`related-articles`]: {} };', 'configured'],
    ]) {
      expect(addConfiguration(text, TYPES, false)).toBe(expected);
    }
    const typed = "import type { RelatedArticlesConfig } from 'x';\nexport default {};\n";
    expect(
      (addConfiguration(typed, TYPES, true) as { text: string }).text.match(/import/g),
    ).toHaveLength(1);
  });
});
