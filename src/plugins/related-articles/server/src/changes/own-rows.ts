import type { Core } from '@strapi/strapi';

import { isLocked, rowsWithin } from '../content/statement-limits';
import { answered } from '../content/within-time';
import { clientOf } from './tables';
import { RowBusy, withoutLongWaits } from './transactions';

/** How long to wait for another process to unlock SQLite's file before rows are read, in milliseconds. */
const UNLOCKED_MS = 5000;

type Query = ReturnType<Core.Strapi['db']['query']>;

/**
 * Reads rows of one of the plugin's own content types, and gives up if the database does not answer: opening an entry
 * triggers such reads, and each would hold a connection of the site for as long as somebody has locked the table.
 *
 * @throws RowBusy when others lock the rows for too long.
 */
export function ownRows(strapi: Core.Strapi, uid: string): Pick<Query, 'findOne' | 'findMany'> {
  const { db } = strapi;
  const rows = db.query(uid as never);
  const read = async <T>(work: () => Promise<T>) => {
    // Strapi's own read would wait in this process, and so hold up everybody.
    if (clientOf(db) === 'sqlite' && !db.inTransaction()) {
      const any = db.getConnection(db.metadata.get(uid).tableName).select('id').limit(1);
      await rowsWithin(db, any as never, UNLOCKED_MS);
    }
    return answered(withoutLongWaits(db, work));
  };
  const limited = <T>(work: () => Promise<T>) =>
    read(work).catch((error: Error & { code?: string }) => {
      throw isLocked(error) ? new RowBusy(String(error.code)) : error;
    });
  return {
    findOne: (query) => limited(() => rows.findOne(query)),
    findMany: (query) => limited(() => rows.findMany(query)),
  };
}
