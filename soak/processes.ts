import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { freePort, type TestDatabase } from '../tests/helpers/databases';
import { testEnvironment } from '../tests/helpers/strapi';

const root = process.cwd();
const bundle = path.join(root, 'node_modules/.cache/related-articles/instance.cjs');

/** Builds the script that instances run. */
export function bundleInstance(): void {
  fs.mkdirSync(path.dirname(bundle), { recursive: true });
  execFileSync(path.join(root, 'node_modules/.bin/esbuild'), [
    path.join(root, 'soak/instance.ts'),
    '--bundle',
    '--platform=node',
    '--format=cjs',
    `--outfile=${bundle}`,
    `--alias:plugin=${path.join(root, 'src/plugins/related-articles/server/src')}`,
    '--external:@strapi/*',
    '--external:supertest',
    '--external:better-sqlite3',
    '--log-level=error',
  ]);
}

interface Message {
  id?: number;
  result?: unknown;
  error?: string;
  ready?: boolean;
  progress?: number;
  held?: string;
}

const STARTS = 3;

interface StartOptions {
  folder?: string;
  listens?: boolean;
  env?: Record<string, string>;
}

/** A Strapi in a process of its own. */
export class Instance {
  private nextId = 0;
  private readonly waiting = new Map<
    number,
    { resolve: (result: never) => void; reject: (error: Error) => void }
  >();
  private heldWaiting: ((documentId: string) => void) | null = null;
  /** Writes done by the running `write`. */
  progress = 0;

  private constructor(
    private readonly child: ChildProcess,
    /** Where it keeps its snapshot. */
    readonly folder: string,
    readonly port: number,
  ) {
    child.on('message', (message: Message) => this.receive(message));
    child.on('exit', (code, signal) => {
      for (const { reject } of this.waiting.values()) {
        reject(new Error(`The instance ended with ${signal ?? code}.`));
      }
      this.waiting.clear();
    });
  }

  /**
   * Starts an instance; tries again, because Strapi ends if SQLite is locked while it starts.
   *
   * @param options.folder The folder of an earlier instance, whose snapshot this one must find.
   */
  static async start(database: TestDatabase, options: StartOptions = {}): Promise<Instance> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await Instance.startOnce(database, options);
      } catch (error) {
        if (tries === STARTS) throw error;
      }
    }
  }

  private static async startOnce(
    database: TestDatabase,
    {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-instance-')),
      listens = false,
      env = {},
    }: StartOptions,
  ): Promise<Instance> {
    const port = await freePort();
    const child = fork(bundle, {
      cwd: root,
      execArgv: ['--expose-gc', '--no-deprecation'],
      env: {
        ...process.env,
        ...testEnvironment(folder),
        ...database.env,
        NODE_ENV: 'production',
        PORT: String(port),
        HOST: '127.0.0.1',
        INSTANCE_LISTENS: String(listens),
        RELATED_ARTICLES_SNAPSHOT_INTERVAL: '1',
        ...env,
      },
      // Its output is of no use, unless it does not start.
      stdio: ['ignore', process.env.SHOW ? 'inherit' : 'ignore', 'inherit', 'ipc'],
    });
    const instance = new Instance(child, folder, port);
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`The instance did not start: ${code}`)));
      child.on('message', ({ ready }: Message) => ready && resolve());
    });
    return instance;
  }

  /** @param timeout How long to wait for the answer, in milliseconds. */
  call<Result>(call: string, argument?: unknown, timeout = 60_000): Promise<Result> {
    this.nextId += 1;
    const id = this.nextId;
    return new Promise<Result>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`No answer to "${call}".`)), timeout);
      const settle =
        <T>(settled: (value: T) => void) =>
        (value: T) => {
          clearTimeout(late);
          settled(value);
        };
      this.waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.child.send({ id, call, argument }, (error) => error && settle(reject)(error));
    });
  }

  /**
   * Does work while the process is paused.
   *
   * @param isFree Whether others can go on: a process that is paused during a read blocks all who write to SQLite. If
   *   they cannot, it goes on for a moment. Default: they can.
   */
  async whilePaused<Result>(
    work: () => Promise<Result>,
    isFree: () => Promise<boolean> = async () => true,
  ): Promise<Result> {
    this.child.kill('SIGSTOP');
    while (!(await isFree())) {
      this.child.kill('SIGCONT');
      await new Promise((resolve) => setTimeout(resolve, 200));
      this.child.kill('SIGSTOP');
    }
    try {
      return await work();
    } finally {
      this.child.kill('SIGCONT');
    }
  }

  /**
   * Publishes in a transaction that stays open for `ms`, or until `letGo`. Returns the document and its commit.
   *
   * @param others How many other entries are written in it. Default: none.
   */
  async hold(
    data: object,
    ms: number,
    others = 0,
  ): Promise<{ documentId: string; committed: Promise<string> }> {
    const held = new Promise<string>((resolve) => {
      this.heldWaiting = resolve;
    });
    const committed = this.call<string>('hold', { data, ms, others }, ms + 60_000 + 100 * others);
    return { documentId: await held, committed };
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    await this.call('stop').catch(() => undefined);
    await ended;
  }

  /** Removes the folder. */
  forget(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private receive({ id, result, error, progress, held }: Message): void {
    if (progress !== undefined) this.progress = progress;
    if (held !== undefined) this.heldWaiting?.(held);
    if (id === undefined) return;
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error !== undefined) waiting?.reject(new Error(error));
    else waiting?.resolve(result as never);
  }
}

/** Waits until a condition holds; returns how long it took, in milliseconds. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  timeout = 30_000,
): Promise<number> {
  const started = performance.now();
  while (!(await isSo())) {
    if (performance.now() - started > timeout) throw new Error(`Not within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return performance.now() - started;
}
