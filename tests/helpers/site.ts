import fs from 'node:fs';
import path from 'node:path';
import { transformSync } from '@swc/core';
import { createStrapi } from '@strapi/strapi';

import { requireOutside } from '../environment/outside';
import { copyMade, isMade, keepMade } from './made-databases';
import { running, testEnvironment, type Running } from './strapi';

const root = path.resolve(__dirname, '../..');
const template = path.join(root, 'tests/site');

/**
 * The site in `tests/site`, which is not this project, with the built plugin and an empty database. It lies inside the
 * repository, where it finds the packages; its TypeScript is compiled in place.
 *
 * @param configure Changes its configuration of the plugin.
 */
export async function startSite(
  configure?: (config: Config, appDir: string) => void,
): Promise<Running> {
  if (configure && !isMade('site')) await (await startSite()).stop();
  const appDir = path.join(root, '.tmp', `site-${process.pid}-${Date.now()}`);
  fs.cpSync(template, appDir, { recursive: true });
  for (const file of fs.readdirSync(appDir, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.ts')) transpile(path.join(appDir, file));
  }
  const manifest = path.join(appDir, 'package.json');
  const { dependencies, ...rest } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  const withPlugin = { ...dependencies, 'strapi-plugin-related-articles': '*' };
  const name = path.basename(appDir);
  fs.writeFileSync(manifest, JSON.stringify({ ...rest, name, dependencies: withPlugin }));

  const file = path.join(appDir, 'test.db');
  Object.assign(process.env, testEnvironment(appDir), { DATABASE_FILENAME: file });
  if (configure) {
    // Strapi loads the same module.
    const plugins = requireOutside(path.join(appDir, 'config/plugins.js'));
    configure(plugins.default['related-articles'].config, appDir);
  }
  const strapi = createStrapi({ appDir, distDir: appDir });
  strapi.log.level = 'error';
  const isEmpty = !copyMade('site', file);
  try {
    await strapi.load();
    if (isEmpty && !configure) await keepMade('site', strapi);
  } catch (error) {
    fs.rmSync(appDir, { recursive: true, force: true });
    throw error;
  }
  return running(strapi, appDir);
}

/** The parts that tests change. */
export interface Config {
  contentTypes: Record<string, Record<string, unknown>>;
  ranking: Record<string, unknown>;
  limits?: Record<string, number>;
}

function transpile(file: string): void {
  const { code } = transformSync(fs.readFileSync(file, 'utf8'), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  fs.writeFileSync(file.replace(/\.ts$/, '.js'), code);
  fs.rmSync(file);
}
