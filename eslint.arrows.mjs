import importX from 'eslint-plugin-import-x';

const SOURCE = 'src/plugins/related-articles/server/src';

/**
 * The rooms of the server, from the top down. Each may import those below it and none above; see CONTRIBUTING.md.
 * Rooms of one line know nothing of each other.
 */
const FLOORS = [
  ['controllers', 'cli', 'routes', 'policies'],
  ['app.ts'],
  ['revalidation'],
  ['services'],
  ['permissions', 'indexing', 'curations', 'settings'],
  ['changes'],
  ['content'],
  ['config', 'evaluation'],
  ['engine'],
];

/** Neighbours on one floor that one of them may import. */
const ALLOWED = {
  controllers: ['policies', 'routes'],
  routes: ['policies'],
  indexing: ['curations'],
};

const zones = FLOORS.flatMap((rooms, floor) =>
  rooms.map((room) => {
    const above = FLOORS.slice(0, floor).flat();
    const beside = rooms.filter((other) => other !== room && !ALLOWED[room]?.includes(other));
    return {
      target: `${SOURCE}/${room}`,
      from: [...above, ...beside].map((other) => `${SOURCE}/${other}`),
      message: `${room} may not import from there: imports run one way, see CONTRIBUTING.md.`,
    };
  }),
);

const FORMULA = {
  target: [`${SOURCE}/engine/signals`, `${SOURCE}/engine/ranking`],
  from: `${SOURCE}/engine/embedded`,
  message: 'Signals and ranking know a collection by its statistics, whatever holds it.',
};

/** Holds every arrow between the rooms, and lets no circle of files in. */
export default [
  {
    files: [`${SOURCE}/**/*.ts`],
    plugins: { 'import-x': importX },
    settings: {
      ...importX.flatConfigs.typescript.settings,
      'import-x/resolver': { typescript: { project: 'src/plugins/related-articles/server' } },
    },
    rules: {
      'import-x/no-cycle': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MethodDefinition[kind="constructor"] > FunctionExpression[params.length>3]',
          message: 'Name what a class needs: more than three arguments belong into one object.',
        },
      ],
      'import-x/no-restricted-paths': ['error', { zones: [...zones, FORMULA] }],
    },
  },
  {
    files: [`${SOURCE}/engine/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@strapi/*', 'node:*'],
              message: 'The engine is pure: nothing of Strapi and nothing of Node.',
            },
          ],
        },
      ],
    },
  },
];
