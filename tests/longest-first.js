const { default: Sequencer } = require('@jest/test-sequencer');

/** What takes minutes, longest first: begun last, it would keep one processor busy when all else is done. */
const LONG = [
  'unit/engine-properties',
  'unit/complexity',
  'fresh/fresh',
  'browser/panel',
  'databases/processes',
  'integration/cli',
  'integration/snapshot',
  'integration/leaks',
  'integration/fuzz',
  'databases/scenarios',
  'databases/failures',
  'opensearch/instances',
  'databases/scenarios-admin',
  'integration/data',
  'e2e/examples',
  'e2e/demo',
];

const placeOf = ({ path }) => {
  const place = LONG.findIndex((name) => path.endsWith(`tests/${name}.test.ts`));
  return place < 0 ? LONG.length : place;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    // What is known of earlier runs orders the rest.
    return [...super.sort(tests)].sort((one, other) => placeOf(one) - placeOf(other));
  }
};
