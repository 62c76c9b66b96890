import type { Core } from '@strapi/strapi';

const TIMES = 3;

/**
 * How many statements some work sends to the database: the least of three times, because heartbeats and checks send
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
