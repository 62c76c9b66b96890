import type { Core } from '@strapi/strapi';

import { answered } from '../content/within-time';
import { withoutLongWaits } from './transactions';

type Query = ReturnType<Core.Strapi['db']['query']>;

/**
 * Reads rows of a content type of the plugin's own, and gives up where nothing answers: who opens an entry asks for
 * some, and would keep a connection of the site's for as long as somebody has locked the table.
 *
 * @throws RowBusy where others lock them for too long.
 */
export function ownRows(strapi: Core.Strapi, uid: string): Pick<Query, 'findOne' | 'findMany'> {
  const rows = strapi.db.query(uid as never);
  const limited = <T>(read: () => Promise<T>) => answered(withoutLongWaits(strapi.db, read));
  return {
    findOne: (query) => limited(() => rows.findOne(query)),
    findMany: (query) => limited(() => rows.findMany(query)),
  };
}
