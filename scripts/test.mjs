// npm test: everything whose service is found, from a fresh clone on. Arguments go to jest.
import { existsSync } from 'node:fs';

import { bin, ensureBuilt, ensureInstalled, ensureSecrets, fail, run, say } from './lib/steps.mjs';

/** What some of the tests need beside Node, and how to find it. Each is a failure when missing and CI=true. */
const SERVICES = [];

const inCi = process.env.CI === 'true';

try {
  await ensureInstalled();
  ensureSecrets();
  await ensureBuilt();
  const missing = SERVICES.filter(({ paths }) => !paths.some((place) => existsSync(place)));
  for (const { name, reason } of missing) say(`Not tested here: ${name}. ${reason}`);
  if (inCi && missing.length > 0) fail('In CI every service must be there.');
  const without = missing.flatMap(({ project }) => ['--ignoreProjects', project]);
  say('Running the tests');
  await run(bin('jest'), [...without, ...process.argv.slice(2)], { NODE_ENV: 'test' });
} catch (error) {
  fail(error.message);
}
