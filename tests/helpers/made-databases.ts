import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { Core } from '@strapi/strapi';

const root = path.resolve(__dirname, '../..');
/** What the tables depend on. If a type changes otherwise, Strapi itself updates them. */
const SOURCES = ['package-lock.json', 'src/plugins/related-articles/dist/server/index.js'];
/** Tables that tell a database from its copies, and list its followers. */
const OWN = ['changes', 'instances', 'leases', 'surveys'].map((name) => `related_articles_${name}`);

/*
 * SQLite databases without content, made by the first start of a project. A start that has to create all tables takes
 * three times as long as others, and most tests are not about it.
 */

const placeOf = (project: string): string => {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(fs.readFileSync(path.join(root, source)));
  return path.join(root, '.tmp/made-databases', `${project}-${hash.digest('hex').slice(0, 16)}.db`);
};

export const isMade = (project: string): boolean => fs.existsSync(placeOf(project));

/**
 * Starts with such a database if one is kept.
 *
 * @returns Whether the file exists now; one that existed before stays.
 */
export function copyMade(project: string, file: string): boolean {
  const made = placeOf(project);
  if (!fs.existsSync(file) && fs.existsSync(made)) fs.copyFileSync(made, file);
  return fs.existsSync(file);
}

/** Keeps the database of a project that has just started, unless one is kept already. */
export async function keepMade(project: string, strapi: Core.Strapi): Promise<void> {
  const made = placeOf(project);
  if (fs.existsSync(made)) return;
  fs.mkdirSync(path.dirname(made), { recursive: true });
  const copy = `${made}.${randomUUID()}`;
  await strapi.db.connection.raw('vacuum into ?', [copy]);
  const database = new Database(copy);
  for (const name of OWN) database.exec(`delete from ${name}`);
  database.close();
  fs.renameSync(copy, made);
}
