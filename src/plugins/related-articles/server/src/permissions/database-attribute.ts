import type { Core } from '@strapi/strapi';

interface Column {
  name: string;
}

/** The part of an attribute in Strapi's database layer that tells where related rows are. */
export interface DatabaseAttribute {
  type: string;
  columnName?: string;
  relation?: string;
  target?: string;
  morphBy?: string;
  joinColumn?: Column & { referencedTable?: string; referencedColumn?: string };
  joinTable?: JoinTable;
  morphColumn?: MorphColumn;
}
interface JoinTable {
  name: string;
  joinColumn: Column;
  inverseJoinColumn?: Column;
  on?: Record<string, unknown>;
  morphColumn?: MorphColumn;
}
interface MorphColumn {
  idColumn: Column;
  typeColumn: Column;
}

/** Returns an attribute of a content type or component; `undefined` if there is none. */
export function databaseAttribute(
  { db }: Core.Strapi,
  uid: string,
  name: string,
): DatabaseAttribute | undefined {
  try {
    return db.metadata.get(uid).attributes[name] as DatabaseAttribute | undefined;
  } catch {
    return undefined;
  }
}
