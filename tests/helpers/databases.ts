import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const KINDS = ['sqlite', 'postgres', 'mariadb'] as const;
export type Kind = (typeof KINDS)[number];

/** The database for the tests in `tests/databases`, set by jest.config.js for each of its projects. */
export const DATABASE = (globalThis as { DATABASE?: Kind }).DATABASE ?? 'sqlite';

/** A database server with an empty database, in its own folder. */
export interface TestDatabase {
  kind: Kind;
  /** The environment for this project's Strapi configuration. */
  env: Record<string, string>;
  folder: string;
  /** Stops the server, as a crash of its machine would; `start` brings it back. SQLite has none. */
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

export async function startDatabase(kind: Kind): Promise<TestDatabase> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `related-${kind}-`));
  if (kind === 'sqlite') {
    const nothing = async () => undefined;
    const remove = async () => fs.rmSync(folder, { recursive: true, force: true });
    const env = { DATABASE_CLIENT: 'sqlite', DATABASE_FILENAME: fileIn(folder) };
    return { kind, folder, env, start: nothing, stop: nothing, remove };
  }
  const server = kind === 'postgres' ? await postgres(folder) : await mariadb(folder);
  return {
    kind,
    folder,
    ...server,
    env: {
      DATABASE_CLIENT: kind === 'postgres' ? 'postgres' : 'mysql',
      DATABASE_HOST: '127.0.0.1',
      DATABASE_PORT: String(server.port),
      DATABASE_NAME: 'strapi',
      DATABASE_USERNAME: 'strapi',
      DATABASE_PASSWORD: 'strapi',
    },
    async remove() {
      await server.end();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The project's configuration resolves the file name against the project's folder. */
function fileIn(folder: string): string {
  return path.relative(process.cwd(), path.join(folder, 'test.db'));
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function postgres(folder: string) {
  // PostgreSQL may run as another user, who makes a folder there.
  fs.chmodSync(folder, 0o777);
  const port = await freePort();
  const script = path.resolve('tests/helpers/postgres.mjs');
  const child = spawn(process.execPath, [script, path.join(folder, 'data'), String(port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Keeps the machine's locale from making a difference.
    env: { ...process.env, LC_ALL: 'C' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { done } = await lines.next();
    if (done) throw new Error('PostgreSQL did not start.');
  };
  await answer();
  const tell = async (word: string) => {
    child.stdin.write(`${word}\n`);
    await answer();
  };
  return {
    port,
    stop: () => tell('stop'),
    start: () => tell('start'),
    async end() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

async function mariadb(folder: string) {
  // Debian keeps servers there, which is not in everybody's path.
  process.env.PATH = `${process.env.PATH}:/usr/sbin`;
  const port = await freePort();
  const data = path.join(folder, 'data');
  const socket = path.join(folder, 'socket');
  const user = os.userInfo().username;
  const install = () =>
    execFileSync(
      'mariadb-install-db',
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--user=${user}`,
        '--auth-root-authentication-method=normal',
      ],
      // The error then contains what it says about a failure.
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
  try {
    install();
  } catch (error) {
    // Happened once, on a machine with three other databases at work.
    process.stderr.write(`${(error as Error).message}\nmariadb-install-db is tried again.\n`);
    fs.rmSync(data, { recursive: true, force: true });
    install();
  }
  let child: ChildProcess;
  const start = async () => {
    child = spawn(
      'mariadbd',
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--user=${user}`,
        `--socket=${socket}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--innodb-flush-log-at-trx-commit=2',
      ],
      { stdio: 'ignore' },
    );
    const end = Date.now() + 60_000;
    while (!answers(socket)) {
      if (Date.now() > end || child.exitCode !== null) throw new Error('MariaDB did not start.');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
  await start();
  execFileSync('mariadb', [
    '--no-defaults',
    `--socket=${socket}`,
    '-uroot',
    '-e',
    "create database strapi character set utf8mb4; create user 'strapi'@'localhost' identified by 'strapi'; create user 'strapi'@'127.0.0.1' identified by 'strapi'; grant all on *.* to 'strapi'@'localhost'; grant all on *.* to 'strapi'@'127.0.0.1'",
  ]);
  return { port, start, stop, end: stop };
}

function answers(socket: string): boolean {
  try {
    execFileSync('mariadb-admin', ['--no-defaults', `--socket=${socket}`, '-uroot', 'ping'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
