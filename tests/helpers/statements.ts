import type { Core } from '@strapi/strapi';

const TIMES = 3;

/**
 * How many statements some work sends to the database: the minimum of three runs, because heartbeats and checks send
 * theirs in between.
 */
export async function statementsOf(
  strapi: Core.Strapi,
  work: () => Promise<unknown>,
  kind = /^/,
): Promise<number> {
  const { connection } = strapi.db;
  const counts: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    let sent = 0;
    const count = ({ sql }: { sql: string }) => {
      if (kind.test(sql)) sent += 1;
    };
    connection.on('query', count);
    await work();
    connection.removeListener('query', count);
    counts.push(sent);
  }
  return Math.min(...counts);
}

/**
 * The queries of Strapi for entries of a table during some work, except those that only count. The fewest of several
 * runs, because checks of the index send theirs in between.
 */
export async function readsOf(
  strapi: Core.Strapi,
  table: string,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const { connection } = strapi.db;
  const isRead = new RegExp(`from [\`"]${table}[\`"] as [\`"]t0`);
  let reads: string[] = [];
  const note = ({ sql }: { sql: string }) => {
    if (isRead.test(sql)) reads.push(sql);
  };
  for (let time = 0; time < TIMES && (time === 0 || reads.length > 0); time += 1) {
    reads = [];
    connection.on('query', note);
    await work();
    connection.removeListener('query', note);
  }
  return reads;
}
