import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createStrapi, type Core } from '@strapi/strapi';
import supertest from 'supertest';
import { appOf } from 'plugin/app';

import { copyMade, keepMade } from './made-databases';

/** Tests and benchmarks, bundled or not, run in the project's folder. */
const appDir = process.cwd();

/** Strapi's settings for a test: its own database, and secrets that are not secret. */
export function testEnvironment(folder: string): Record<string, string> {
  return {
    NODE_ENV: 'test',
    DATABASE_CLIENT: 'sqlite',
    // The project's configuration resolves it against the project's folder.
    DATABASE_FILENAME: path.relative(appDir, path.join(folder, 'test.db')),
    RELATED_ARTICLES_DIRECTORY: path.join(folder, 'index'),
    // If the tests run with a search cluster, each database has its own indexes.
    RELATED_ARTICLES_SEARCH_PREFIX: `${path.basename(folder).toLowerCase()}-`,
    APP_KEYS: 'test-1,test-2',
    API_TOKEN_SALT: 'test-api-token-salt',
    ADMIN_JWT_SECRET: 'test-admin-jwt-secret',
    JWT_SECRET: 'test-jwt-secret',
    TRANSFER_TOKEN_SALT: 'test-transfer-token-salt',
    ENCRYPTION_KEY: 'test-encryption-key-of-32-letters',
    STRAPI_TELEMETRY_DISABLED: 'true',
  };
}

export interface Running {
  strapi: Core.Strapi;
  folder: string;
  /** An HTTP client without credentials. */
  http: ReturnType<typeof supertest>;
  /** Resolves when everything written so far is in the index. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** The name of the prepared database that the project starts with. */
export const MADE = 'project';

/**
 * Starts the real project on a real database without content. Needs the build in `dist`.
 *
 * @param env More of the environment, such as another database.
 */
export async function startStrapi(
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-')),
  env: Record<string, string> = {},
  /** Called before it is loaded. */
  prepare: (strapi: Core.Strapi) => void = () => undefined,
): Promise<Running> {
  Object.assign(process.env, testEnvironment(folder), env);
  const strapi = createStrapi({ appDir, distDir: path.join(appDir, 'dist') });
  strapi.log.level = 'error';
  prepare(strapi);
  const isEmpty =
    env.DATABASE_CLIENT === undefined && !copyMade(MADE, path.join(folder, 'test.db'));
  await strapi.load();
  if (isEmpty) await keepMade(MADE, strapi);
  return running(strapi, folder);
}

/** Wraps a loaded Strapi with an HTTP client; stopping it deletes `folder`. */
export function running(strapi: Core.Strapi, folder: string): Running {
  strapi.server.mount();
  return {
    strapi,
    folder,
    http: supertest(strapi.server.httpServer),
    async settled() {
      // Commit callbacks reach the feed one turn later.
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
      await appOf(strapi).index.idle();
    },
    async stop() {
      await strapi.destroy();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Creates an administrator with credentials for the admin panel's routes.
 *
 * @param role Default: super admin.
 */
export async function createAdministrator(
  { strapi, http }: Running,
  { name = 'Admin', role }: { name?: string; role?: number } = {},
): Promise<{ id: number; token: string; email: string; password: string }> {
  const email = `${name.toLowerCase()}@example.com`;
  const password = 'Passw0rd!';
  const { id } = await strapi.service('admin::user').create({
    email,
    firstname: name,
    password,
    registrationToken: null,
    isActive: true,
    roles: [role ?? (await strapi.service('admin::role').getSuperAdmin()).id],
  });
  const login = await http.post('/admin/login').send({ email, password });
  return { id, token: login.body.data.token, email, password };
}

/** Lets the public role use these actions, and no others of ours. */
export async function grantPublic(strapi: Core.Strapi, actions: readonly string[]): Promise<void> {
  const role = await strapi.db
    .query('plugin::users-permissions.role')
    .findOne({ where: { type: 'public' } });
  const permissions = strapi.db.query('plugin::users-permissions.permission');
  const present = await permissions.findMany({ where: { role: role.id } });
  for (const { id, action } of present) {
    if (/^(api::|plugin::related)/.test(action)) await permissions.delete({ where: { id } });
  }
  for (const action of actions) await permissions.create({ data: { action, role: role.id } });
}

export async function createToken(
  strapi: Core.Strapi,
  type: 'read-only' | 'full-access' | 'custom',
  permissions: string[] = [],
): Promise<string> {
  const token = await strapi.service('admin::api-token').create({
    name: `${type} ${Math.random()}`,
    description: '',
    type,
    lifespan: null,
    permissions: type === 'custom' ? permissions : null,
  });
  return token.accessKey;
}

export const RELATED_FIND = 'plugin::related-articles.related.find';
export const FIND_BY_TEXT = 'plugin::related-articles.related.findByText';
export const ARTICLE_FIND = 'api::article.article.find';
export const CATEGORY_FIND = 'api::category.category.find';
export const TAG_FIND = 'api::tag.tag.find';
export const ALL_READS = [RELATED_FIND, ARTICLE_FIND, CATEGORY_FIND, TAG_FIND];
