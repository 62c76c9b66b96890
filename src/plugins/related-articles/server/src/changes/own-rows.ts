import type { Core } from '@strapi/strapi';

import { answered } from '../content/within-time';
import { withoutLongWaits } from './transactions';

type Query = ReturnType<Core.Strapi['db']['query']>;

/**
 * Reads rows of one of the plugin's own content types, and gives up if the database does not answer: opening an entry
 * triggers such reads, and each would hold a connection of the site for as long as somebody has locked the table.
 *
 * @throws RowBusy when others lock the rows for too long.
 */
export function ownRows(strapi: Core.Strapi, uid: string): Pick<Query, 'findOne' | 'findMany'> {
  const rows = strapi.db.query(uid as never);
  const limited = <T>(read: () => Promise<T>) => answered(withoutLongWaits(strapi.db, read));
  return {
    findOne: (query) => limited(() => rows.findOne(query)),
    findMany: (query) => limited(() => rows.findMany(query)),
  };
}
