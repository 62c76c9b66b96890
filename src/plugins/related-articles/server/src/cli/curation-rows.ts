import type { Core } from '@strapi/strapi';

import { transaction } from '../changes/transactions';
import type { CURATION } from '../curations/curation';
import { CurationConflict } from '../curations/curation-repository';
import { bootStrapi, endStrapi } from './boot';
import { CliError, printable } from './errors';
import { isRace } from './races';

const PAGE = 500;
const ATTEMPTS = 5;

export async function withProject(work: (strapi: Core.Strapi) => Promise<void>): Promise<void> {
  const strapi = await bootStrapi();
  try {
    await work(strapi);
  } finally {
    await endStrapi(strapi);
  }
}

/** Runs work in one transaction, and again if an editor on a running server changed what it is about to write. */
export async function allOrNothing<T>(strapi: Core.Strapi, work: () => Promise<T>): Promise<T> {
  const { dialect, connection } = strapi.db;
  // Otherwise SQLite locks out readers as soon as its cache is full, not just during the commit.
  if (dialect.client === 'sqlite') await connection.raw('pragma cache_spill = off');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction(strapi.db, work);
    } catch (error) {
      if (!(error instanceof CurationConflict || isRace(error))) throw error;
      if (attempt === ATTEMPTS) {
        throw new CliError(
          'Editors keep changing these curations. Nothing was written; try again.',
        );
      }
    }
  }
}

export async function allRows(
  strapi: Core.Strapi,
  uid: typeof CURATION.uid,
  where: Record<string, unknown> = {},
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (let after = 0; ;) {
    const page: Record<string, unknown>[] = await strapi.db.query(uid).findMany({
      where: { ...where, id: { $gt: after } } as never,
      orderBy: { id: 'asc' } as never,
      limit: PAGE,
    });
    rows.push(...page);
    if (page.length < PAGE) return rows;
    after = Number(page[page.length - 1].id);
  }
}

export const say = (text: string): void => void process.stdout.write(`${printable(text)}\n`);

export const warn = (text: string): void => void process.stderr.write(`${printable(text)}\n`);
