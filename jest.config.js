/** @type {import('jest').Config} */
const shared = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/tests/environment/environment.js',
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/src/plugins/related-articles/dist'],
  transform: {
    '(\\.ts|snowball/stemmers\\.js)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: {
    '^@strapi/strapi$': '<rootDir>/tests/environment/strapi.js',
    '^@strapi/utils$': '<rootDir>/tests/environment/utils.js',
    '^plugin/(.*)$': '<rootDir>/src/plugins/related-articles/server/src/$1',
    '^shared/(.*)$': '<rootDir>/src/plugins/related-articles/shared/$1',
  },
};

const allOnCluster = process.env.CLUSTER_SUITES === 'all';

/**
 * What asks the engine in ways of its own: that both engines answer alike is tested by tests/opensearch. CLUSTER_SUITES=all
 * adds what stands behind all that is asked of them.
 */
const ON_CLUSTER = [
  ...['rest', 'freshness', 'access'],
  ...(allOnCluster
    ? [
        ...['leaks', 'graphql', 'curation', 'panel', 'permissions'],
        ...['settings', 'picked', 'curation-rules', 'appearances', 'content', 'hidden-dates'],
        ...['overview', 'rest-lists', 'links', 'fields'],
        ...['cli', 'hidden-documents', 'kept-answers', 'long-texts', 'variants', 'fuzz'],
      ]
    : []),
].join();

const DATABASES_ON_CLUSTER = ['scenarios', 'failures', ...(allOnCluster ? ['scenarios-admin'] : [])].join(); // prettier-ignore

module.exports = {
  testSequencer: '<rootDir>/tests/longest-first.js',
  reporters: ['default', '<rootDir>/tests/environment/failed-tests.js'],
  // Three suites share two slow processors at times.
  testTimeout: 300_000,
  projects: [
    ...['unit', 'integration', 'e2e', 'browser', 'fresh'].map((name) => ({
      ...shared,
      displayName: name,
      testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
    })),
    {
      ...shared,
      displayName: 'opensearch',
      testMatch: [
        '<rootDir>/tests/opensearch/**/*.test.ts',
        `<rootDir>/tests/integration/{${ON_CLUSTER}}.test.ts`,
        `<rootDir>/tests/databases/{${DATABASES_ON_CLUSTER}}.test.ts`,
      ],
      setupFiles: ['<rootDir>/tests/opensearch/use-cluster.js'],
      globalSetup: '<rootDir>/tests/opensearch/set-up.ts',
      globalTeardown: '<rootDir>/tests/opensearch/tear-down.ts',
    },
    ...['sqlite', 'postgres', 'mariadb'].map((name) => ({
      ...shared,
      displayName: name,
      testMatch: ['<rootDir>/tests/databases/**/*.test.ts'],
      globals: { DATABASE: name },
      setupFiles: ['<rootDir>/tests/databases/silence-knex.js'],
    })),
  ],
};
