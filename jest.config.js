/** @type {import('jest').Config} */
const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/src/plugins/related-articles/dist'],
  transform: {
    '(\\.ts|snowball/stemmers\\.js)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: {
    '^plugin/(.*)$': '<rootDir>/src/plugins/related-articles/server/src/$1',
    '^shared/(.*)$': '<rootDir>/src/plugins/related-articles/shared/$1',
  },
};

module.exports = {
  testTimeout: 120_000,
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
        '<rootDir>/tests/integration/{overview,settings,picked,cli,rest,rest-lists,curation,curation-rules,panel,appearances,links,content,fields,freshness,leaks,hidden-dates,hidden-documents,access,permissions,kept-answers,long-texts,graphql,variants,fuzz}.test.ts',
        '<rootDir>/tests/databases/{scenarios,failures}.test.ts',
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
