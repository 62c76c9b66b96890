import type { Core } from '@strapi/strapi';

export type Database = Core.Strapi['db'];
export type Client = 'sqlite' | 'postgres' | 'mysql';

export function clientOf(db: Database): Client {
  return db.dialect.client as Client;
}
