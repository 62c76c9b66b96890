import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import { withoutStatement } from '../content/without-statement';
import { CliError } from './errors';

export const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Loads the project in the current folder: it does not listen, and logs only errors.
 *
 * @throws CliError if the folder is not a built Strapi project, or the project does not start.
 */
export async function bootStrapi(): Promise<Core.Strapi> {
  const appDir = process.cwd();
  const has = (name: string): boolean => existsSync(path.join(appDir, name));
  const isTypeScript = has('tsconfig.json');
  // A deployed TypeScript project may hold nothing but what was built.
  if (!has('package.json') || !(isTypeScript || has('config'))) {
    throw new CliError(`${appDir} is not a Strapi project. Run this in the folder of one.`);
  }
  // The project's own Strapi, wherever this package is installed.
  const load = createRequire(path.join(appDir, 'package.json'));
  const distDir = isTypeScript ? await outDirOf(appDir, load) : appDir;
  if (isTypeScript && !existsSync(path.join(distDir, 'config'))) {
    throw new CliError('The project is not built yet. Run "npm run build" first.');
  }
  try {
    const { createStrapi } = load('@strapi/strapi') as typeof import('@strapi/strapi');
    const before = SIGNALS.map((signal) => process.listeners(signal));
    const strapi = createStrapi({ appDir, distDir });
    // Strapi's own handlers would end a command half-way, with exit code 0.
    for (const [at, signal] of SIGNALS.entries()) {
      for (const listener of process.listeners(signal)) {
        if (!before[at].includes(listener)) process.off(signal, listener);
      }
    }
    quieten(strapi.log);
    await strapi.load();
    if (strapi.plugins[PLUGIN_ID] as unknown) return strapi;
    await strapi.destroy();
  } catch (error) {
    throw new CliError(`The project does not start: ${withoutStatement(error as Error)}`);
  }
  throw new CliError(
    `Strapi started without the plugin: it is switched off or not built. Check '${PLUGIN_ID}' in config/plugins, and the plugin's dist folder.`,
  );
}

/** Where the project's TypeScript is compiled to; an older folder may hold content types that are out of date. */
async function outDirOf(appDir: string, load: NodeJS.Require): Promise<string> {
  const usual = path.join(appDir, 'dist');
  const text = withoutComments(readFileSync(path.join(appDir, 'tsconfig.json'), 'utf8'));
  const [, written] = /"outDir"\s*:\s*"([^"]+)"/.exec(text) ?? [];
  if (written !== undefined) return path.resolve(appDir, written);
  if (!text.includes('"extends"') || existsSync(path.join(usual, 'config'))) return usual;
  // It may be written in what this one extends. Strapi ends the process where there are no sources.
  try {
    const loadOfStrapi = createRequire(load.resolve('@strapi/strapi'));
    const { resolveOutDir } = loadOfStrapi('@strapi/typescript-utils') as {
      resolveOutDir(folder: string): Promise<string | undefined>;
    };
    return (await resolveOutDir(appDir)) ?? usual;
  } catch {
    return usual;
  }
}

/** Returns JSON as TypeScript reads it, without comments. */
const withoutComments = (text: string): string =>
  text.replace(
    /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_, quoted?: string) => quoted ?? '',
  );

/** How long `endStrapi` waits for what Strapi does after writes, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Ends Strapi once the database is idle: after writes, Strapi reads entries for its events without waiting for them,
 * and closing the pool in the meantime would end the process with an error.
 */
export async function endStrapi(strapi: Core.Strapi): Promise<void> {
  const { pool } = strapi.db.connection.client as {
    pool: { numUsed(): number; numPendingAcquires(): number };
  };
  const end = Date.now() + PATIENCE_MS;
  for (let quiet = 0; quiet < 3 && Date.now() < end;) {
    quiet = pool.numUsed() + pool.numPendingAcquires() > 0 ? 0 : quiet + 1;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await strapi.destroy();
}

/** Sends the project's logs to stderr: standard output is for the command's answer. */
function quieten(log: Core.Strapi['log']): void {
  log.level = 'error';
  const levels = Object.fromEntries(Object.keys(log.levels).map((level) => [level, true]));
  for (const transport of log.transports) Object.assign(transport, { stderrLevels: levels });
}
