import { rootCertificates } from 'node:tls';

import { didYouMean } from 'plugin/config/nearest';
import { pruneConfig } from 'plugin/config/prune';
import { resolveTypes } from 'plugin/config/resolve';
import type { Schema } from 'plugin/config/attributes';
import type { ZoneSource } from 'plugin/config/text-sources';
import { validateConfig, type ConfigurationError } from 'plugin/config/validate';

const ARTICLE = 'api::article.article';
const SCHEMAS: Record<string, Schema> = {
  [ARTICLE]: {
    info: { singularName: 'article', pluralName: 'articles' },
    options: { draftAndPublish: true },
    pluginOptions: { i18n: { localized: true } },
    attributes: {
      title: { type: 'string' },
      slug: { type: 'uid' },
      body: { type: 'richtext' },
      notes: { type: 'text', private: true },
      views: { type: 'integer' },
      date: { type: 'datetime' },
      category: { type: 'relation', target: 'api::category.category' },
      seo: { type: 'component', component: 'shared.seo' },
      box: { type: 'component', component: 'shared.box' },
      zone: { type: 'dynamiczone', components: ['shared.box', 'shared.seo'] },
      parts: { type: 'relation', target: 'api::part.part' },
      lost: { type: 'relation', target: 'api::gone.gone' },
    },
  },
  'api::category.category': {
    info: { singularName: 'category', pluralName: 'categories' },
    attributes: { name: { type: 'string' } },
  },
  'api::part.part': {
    info: { singularName: 'part', pluralName: 'parts' },
    attributes: { number: { type: 'integer' } },
  },
  'shared.seo': {
    info: {},
    attributes: { summary: { type: 'text' }, note: { type: 'text', private: true } },
  },
  'shared.box': { info: {}, attributes: { width: { type: 'decimal' } } },
  'api::about.about': {
    kind: 'singleType',
    info: { singularName: 'about', pluralName: 'abouts' },
    attributes: { title: { type: 'string' } },
  },
};

const resolve = (type: Record<string, unknown>, uid = ARTICLE) =>
  resolveTypes(validateConfig({ contentTypes: { [uid]: { title: 'title', ...type } } }), SCHEMAS);

/** A certificate that Node knows. */
const [ROOT] = rootCertificates;
const SEARCH = { kind: 'opensearch', node: 'https://search.example.org:9200' };

test.each<[unknown, string]>([
  [
    Promise.resolve({}),
    'the configuration is a Promise. Expected a plain value; is an "await" missing?',
  ],
  [
    { sync: Promise.resolve({}) },
    'sync is a Promise. Expected a plain value; is an "await" missing?',
  ],
  [{ limits: new Date() }, 'limits is a Date. Expected a plain value.'],
  [
    { contentTypes: { [ARTICLE]: { title: 'title', text: new Map() } } },
    `contentTypes.${ARTICLE}.text is a Map. Expected a plain value.`,
  ],
])('%p has no effect, and is refused', (config, mistake) => {
  expect(() => validateConfig(config)).toThrow(mistake);
});

test('defaults serve a site that sets nothing', () => {
  expect(validateConfig({})).toEqual({
    contentTypes: {},
    limit: 5,
    fallback: 'none',
    languages: {},
    cache: { maxAge: 0, staleWhileRevalidate: 0, middlewaresOnlyWrite: false },
    changedEvent: false,
    engine: { kind: 'embedded' },
    ranking: {
      minScore: 0.13,
      diversity: 0.05,
      weights: { text: 1, title: 1, taxonomy: 1, links: 1, date: 1 },
    },
    sync: {
      snapshotDirectory: '.tmp/related-articles',
      snapshotInterval: 300,
      pollInterval: 1,
      checkInterval: 60,
      // Minutes since midnight.
      deepCheck: 180,
      retention: 60,
      curationRetention: 1440,
      historyRetention: 365,
    },
    limits: {
      exclude: 100,
      documents: 500,
      answerLength: 20_000_000,
      sources: 100,
      textLength: 20_000,
      relationDepth: 4,
      relations: 10,
      conditions: 50,
      joinedRows: 300_000,
      populatedRows: 10_000,
      requestTime: 10_000,
      queryLength: 8000,
      formLength: 500_000,
      readingTime: 5000,
      panelRequestsPerMinute: 240,
    },
  });
});

test.each([
  [{ fallback: 'oldest' }, /fallback is "oldest"\. Expected "none", "category", or "newest"\.$/m],
  [{ maxAge: 0 }, /maxAge is 0\. Expected at least 1\./],
  [{ cache: { maxage: 1 } }, /cache: unknown key "maxage"\. Did you mean "maxAge"\?/],
  [{ changedEvent: 'yes' }, /changedEvent is "yes"/],
  [{ cache: { middlewaresOnlyWrite: 1 } }, /cache\.middlewaresOnlyWrite is 1/],
  [{ cache: { maxAge: -1 } }, /cache\.maxAge is -1\. Expected at least 0\./],
  [{ engine: { kind: 'solr' } }, /engine.kind is "solr"\. Expected \{ kind: "embedded" \} or/],
  [{ engine: { kind: 'opensearch' } }, /engine\.node is missing\. Expected the address of a node/],
  [{ engine: { kind: 'opensearch', node: 'localhost' } }, /engine\.node is "localhost"\. Expected an address such as/], // prettier-ignore
  [
    { engine: { kind: 'embedded', node: 'http://a' } },
    /engine: "node" needs \{ kind: "opensearch" \}\.$/m,
  ],
  [{ engine: { ...SEARCH, nodes: [] } }, /engine: unknown key "nodes"\. Did you mean "node"\?/],
  [{ engine: { ...SEARCH, auth: { usernam: 'a', username: 'a', password: 'b' } } }, /engine\.auth: unknown key "usernam"\. Did you mean "username"\?/], // prettier-ignore
  [{ engine: { ...SEARCH, tls: { caa: '' } } }, /engine\.tls: unknown key "caa"\. Did you mean "ca"\?/], // prettier-ignore
  [{ engine: { ...SEARCH, node: 'x://user:SECRET@host' } }, /^(?![^]*SECRET)[^]*engine\.node is "x:\/\/user:…@host"/], // prettier-ignore
  [
    { engine: { ...SEARCH, node: 'https://user:SEC/RET@host:99' } },
    /^(?![^]*(SEC|RET))[^]*engine\.node is/,
  ],
  [{ engine: { ...SEARCH, node: 'x://u:SEC"RET@host' } }, /^(?![^]*(SEC|RET))[^]*engine\.node is/],
  [{ engine: { ...SEARCH, node: { url: 'http://a', password: 'SECRET' } } }, /^(?![^]*SECRET)[^]*engine\.node is something else/], // prettier-ignore
  [
    { engine: [{ ...SEARCH, auth: { password: 'SECRET' } }] },
    /^(?![^]*SECRET)[^]*engine is something else/,
  ],
  [{ limit: Number('five') }, /limit is NaN/],
  [{ contentTypes: { 'api::a.a': { title: 't', rules: { nevr: {} } } } }, /unknown key "nevr"\. Did you mean "never"\?/], // prettier-ignore
  [{ engine: { ...SEARCH, indexPrefix: 'My Site' } }, /engine\.indexPrefix is "My Site"\. Expected lower-case/], // prettier-ignore
  [{ engine: { ...SEARCH, replicas: 'many' } }, /engine\.replicas is "many"\. Expected a number from 0 to 10, or a range/], // prettier-ignore
  [{ engine: { ...SEARCH, replicas: '5-1' } }, /engine\.replicas is "5-1"\. Expected a number from 0 to 10, or a range/], // prettier-ignore
  [{ engine: { ...SEARCH, tls: { ca: '-----BEGIN PRIVATE KEY-----\nSECRET' } } }, /^(?![^]*SECRET)[^]*engine\.tls\.ca is something else\. Expected certificates in the PEM format/], // prettier-ignore
  [{ engine: { ...SEARCH, replicas: '0-99999999999' } }, /engine\.replicas is "0-99999999999"/],
  [{ engine: { ...SEARCH, tls: { ca: ROOT.replaceAll('\n', '\\n') } } }, /engine\.tls\.ca is something else/], // prettier-ignore
  [{ engine: { ...SEARCH, tls: { ca: `${ROOT}\n${ROOT.replace('MII', '!!!')}` } } }, /engine\.tls\.ca is something else/], // prettier-ignore
  [{ engine: { ...SEARCH, node: ['http://a:9200', 'http://A:9200/'] } }, /engine\.node is .* Expected each address once\./], // prettier-ignore
  [
    { engine: { ...SEARCH, node: 'http://me:%zz@a' } },
    /engine\.node is .* Expected an address such as/,
  ],
  [
    { engine: { ...SEARCH, whenAway: 'cry' } },
    /engine\.whenAway is "cry"\. Expected "error" or "empty"\./,
  ],
  [{ engine: { ...SEARCH, auth: { username: 'me' } } }, /engine\.auth\.password is missing/],
  [
    { engine: { ...SEARCH, auth: 'geheim' } },
    /engine\.auth is something else\. Expected an object/,
  ],
  [{ limits: { sources: 0 } }, /limits\.sources is 0\. Expected at least 1\./],
])('%j is refused', (config, message) => {
  expect(() => validateConfig(config)).toThrow(message);
});

test('wrong shapes are named in words', () => {
  const wrong = { contentTypes: [], limit: 'x', sync: 7, limits: { conditions: 0, exclude: 5000 } };
  let message = '';
  try {
    validateConfig(wrong);
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message).toMatch(/contentTypes is \[\]\. Expected an object\./);
  expect(message).toMatch(/limit is "x"\. Expected a number\./);
  expect(message).toMatch(/sync is 7\. Expected an object\./);
  expect(message).toMatch(/limits\.conditions is 0\. Expected at least 1\./);
  expect(message).toMatch(/limits\.exclude is 5000\. Expected at most 1000\./);
  expect(message).not.toMatch(/received|Invalid input|Too /);
});

test('suggests a name only if the parts that tell names apart are close', () => {
  expect(didYouMean('api::product.product', ['api::topic.topic', 'api::author.author'])).toMatch(
    /^ Known: /,
  );
  expect(didYouMean('api::artcle.artcle', ['api::article.article', 'api::tag.tag'])).toBe(
    ' Did you mean "api::article.article"?',
  );
});

test('in development, a field that was deleted is left out', () => {
  const config = validateConfig({
    contentTypes: {
      'api::a.a': {
        title: 'title',
        slug: 'gone',
        url: '/a/:slug',
        text: { body: 1, lost: 1 },
        relations: { tags: 1, section: { weight: 1, label: 'renamed' } },
        date: 'went',
        rules: { halfLife: 90 },
      },
      'api::b.b': { title: 'nothing' },
      'api::c.c': { title: 'title' },
      // Its locales were switched off.
      'api::d.d': { title: 'title', url: { en: '/d/:documentId', de: '/de/d/:documentId' } },
    },
  });
  const section = { type: 'relation', relation: 'manyToOne', target: 'api::b.b' };
  const attributes = { title: { type: 'string' }, body: { type: 'richtext' } };
  const info = { singularName: 'a', pluralName: 'as' };
  const pruned = pruneConfig(config, {
    'api::a.a': { info, attributes: { ...attributes, section } },
    'api::b.b': { info, attributes },
    'api::d.d': { info, attributes },
  });
  expect(Object.keys(pruned.contentTypes)).toEqual(['api::a.a', 'api::d.d']);
  expect(pruned.contentTypes['api::d.d'].url).toBeUndefined();
  const { slug, url, date, text, relations, rules } = pruned.contentTypes['api::a.a'];
  expect({ slug, url, date, text, relations, halfLife: rules?.halfLife }).toEqual({
    text: { body: 1 },
    relations: { section: { weight: 1 } },
  });
});

test.each<[string, unknown, RegExp]>([
  ['an unknown key', { limt: 3 }, /config: unknown key "limt"\. Did you mean "limit"\?/],
  [
    'an unknown key of the ranking',
    { ranking: { minScor: 0 } },
    /ranking: unknown key "minScor"\. Did you mean "minScore"\?/,
  ],
  [
    'an unknown key of sync',
    { sync: { pollIntervall: 1 } },
    /sync: unknown key "pollIntervall"\. Did you mean "pollInterval"\?/,
  ],
  [
    'a time that is none',
    { sync: { deepCheck: '25:00' } },
    /sync\.deepCheck is "25:00"\. Expected a time/,
  ],
  [
    'a log that is trimmed too soon',
    { sync: { retention: 1, snapshotInterval: 300 } },
    /sync\.retention is 1\. The log would be trimmed before/,
  ],
  [
    'a folder that is none',
    { sync: { snapshotDirectory: true } },
    /sync\.snapshotDirectory is true\. Expected a folder/,
  ],
  ['a limit too high', { limits: { exclude: 5000 } }, /limits\.exclude is 5000/],
  [
    'an unknown limit',
    { limits: { excluded: 5 } },
    /limits: unknown key "excluded"\. Did you mean "exclude"\?/,
  ],
  [
    'an option that was renamed',
    { sync: { grace: 5, directory: false }, limits: { formsPerMinute: 60 } },
    /sync: unknown key "grace"\. It is called "curationRetention" now\.[^]*"snapshotDirectory" now[^]*"panelRequestsPerMinute" now/,
  ],
  [
    'an unknown weight',
    { ranking: { weights: { txet: 1 } } },
    /ranking\.weights: unknown key "txet"\. Did you mean "text"\?/,
  ],
  [
    'an unknown key of a type',
    { contentTypes: { [ARTICLE]: { title: 'title', slgu: 'slug' } } },
    /contentTypes\["api::article\.article"\]: unknown key "slgu"\. Did you mean "slug"\?/,
  ],
  ['a wrong kind of value', { limit: 'many' }, /limit is "many"/],
  ['a value out of range', { ranking: { minScore: 2 } }, /ranking\.minScore is 2/],
  [
    'an unknown key of a signal',
    {
      contentTypes: {
        [ARTICLE]: { title: 'title', signals: { a: { weight: 1, score: () => 0, attribute: [] } } },
      },
    },
    /unknown key "attribute"\. Did you mean "attributes"\?/,
  ],
  [
    'a signal with the name of one that is built in',
    {
      contentTypes: {
        [ARTICLE]: { title: 'title', signals: { text: { weight: 1, score: () => 0 } } },
      },
    },
    /"text" is the name of a built-in signal/,
  ],
  ['a code that means another', { languages: { xx: 'nb' } }, /Did you mean "no"\?/],
  ['a value that has no JSON', { limit: 10n }, /limit is 10/],
  ['a missing title', { contentTypes: { [ARTICLE]: {} } }, /title is missing/],
  [
    'a wrong url',
    { contentTypes: { [ARTICLE]: { title: 'title', url: 'articles' } } },
    /must be a path/,
  ],
  [
    'a url of no locale',
    { contentTypes: { [ARTICLE]: { title: 'title', url: {} } } },
    /one for each locale/,
  ],
  ['a blank folder', { sync: { snapshotDirectory: '  ' } }, /snapshotDirectory.*Expected a folder/],
])('%s is named', (_what, config, message) => {
  expect(() => validateConfig(config)).toThrow(message);
});

test.each<[string, () => unknown, RegExp]>([
  [
    'an unknown type',
    () => resolve({}, 'api::artcle.article'),
    /no content type "api::artcle\.article"\. Did you mean "api::article\.article"\?/,
  ],
  ['a component', () => resolve({}, 'shared.seo'), /"shared\.seo" is a component/],
  [
    'the name of something every object has',
    () => resolve({}, 'constructor'),
    /no content type "constructor"/,
  ],
  [
    'an empty component',
    () => resolve({ text: { seo: {} } }),
    /seo is \{\} and names nothing to read/,
  ],
  ['a component without text', () => resolve({ text: { box: 1 } }), /"shared\.box" holds no text/],
  [
    'a private attribute of a component that is not read',
    () => resolve({ allowPrivate: ['seo.note'] }),
    /"seo\.note" is not read anywhere/,
  ],
  ['a single type', () => resolve({}, 'api::about.about'), /is a single type/],
  [
    'an unknown attribute',
    () => resolve({ text: { bdy: 1 } }),
    /no attribute "bdy"\. Did you mean "body"\?/,
  ],
  [
    'an attribute of the wrong kind',
    () => resolve({ text: { views: 1 } }),
    /attribute "views" is of kind integer. Expected string, text, richtext, blocks, component, media, dynamiczone/,
  ],
  ['a private attribute', () => resolve({ text: { notes: 1 } }), /"notes" is private/],
  [
    'a needless permission',
    () => resolve({ allowPrivate: ['body'] }),
    /"body" is not a private attribute/,
  ],
  [
    'picks that lead to another type',
    () => resolve({ picked: 'category' }),
    /picked: "category" leads to api::category\.category\. Expected a relation to "api::article\.article" itself/,
  ],
  [
    'a relation to a type that does not exist',
    () => resolve({ relations: { lost: 1 } }),
    /relations: "lost" leads to "api::gone\.gone", which does not exist/,
  ],
  ['picks that are no relation', () => resolve({ picked: 'body' }), /"body" is of kind richtext/],
  [
    'a rule about a relation that is not configured',
    () => resolve({ relations: { category: 1 }, rules: { atMost: { categry: 2 } } }),
    /rules\.atMost: "categry" is not configured under relations.*Did you mean "category"\?/,
  ],
  ['a url without slug', () => resolve({ url: '/articles/:slug' }), /no slug is configured/],
])('%s is an error', (_what, run, message) => {
  expect(run).toThrow(message);
});

test('parts of a url may begin like others', () => {
  expect(() => resolve({ url: '/:slugline/:localeRegion/:documentId' })).not.toThrow();
});

test('reports every mistake at once', () => {
  let mistakes: readonly string[] = [];
  try {
    resolve({ text: { bdy: 1 }, date: 'title', slug: 'slgu' });
  } catch (error) {
    mistakes = (error as ConfigurationError).mistakes;
  }
  expect(mistakes).toEqual([
    expect.stringContaining('"slgu"'),
    expect.stringContaining('attribute "title" is of kind string. Expected date, datetime'),
    expect.stringContaining('"bdy"'),
  ]);
});

test('a valid configuration is resolved against the schemas', () => {
  const type = resolve({
    slug: 'slug',
    text: { body: 1, notes: 0.5 },
    allowPrivate: ['notes'],
    relations: { category: 2 },
    date: 'date',
    url: '/articles/:slug',
  }).get(ARTICLE);
  expect(type).toMatchObject({
    pluralName: 'articles',
    localized: true,
    draftAndPublish: true,
    text: [
      { attribute: 'body', kind: 'richtext', weight: 1, private: false },
      { attribute: 'notes', kind: 'plain', weight: 0.5, private: true },
    ],
    relations: [
      { attribute: 'category', targets: [{ uid: 'api::category.category', label: 'name' }] },
    ],
    ranking: { relations: { category: 2 } },
  });
});

test('a weight for a dynamic zone reads the components that hold text', () => {
  const [zone] = resolve({ text: { zone: 1 } }).get(ARTICLE)?.text ?? [];
  expect(zone).toMatchObject({ kind: 'zone' });
  expect([...(zone as ZoneSource).components.keys()]).toEqual(['shared.seo']);
});
