import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { freePort } from './databases';

const root = path.resolve(__dirname, '../..');

/** `npm run demo` with its own database and port. */
export class Demo {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async create(): Promise<Demo> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-demo-'));
    return new Demo(folder, await freePort());
  }

  get base(): string {
    return `http://localhost:${this.port}`;
  }

  /** Runs the demo until it says that it is open; returns what it printed. */
  async start(): Promise<string> {
    const { PATH, HOME } = process.env;
    const env = {
      PATH,
      HOME,
      PORT: String(this.port),
      DATABASE_FILENAME: path.relative(root, path.join(this.folder, 'demo.db')),
      RELATED_ARTICLES_DIRECTORY: path.join(this.folder, 'index'),
      STRAPI_TELEMETRY_DISABLED: 'true',
    };
    // A process group, so that npm, the script and Strapi can be stopped together.
    const child = spawn('npm', ['run', 'demo'], { cwd: root, env, detached: true });
    this.child = child;
    let output = '';
    return new Promise((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output += chunk;
        if (/Ctrl-C stops it/.test(output)) resolve(output);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.on('exit', (code) => reject(new Error(`The demo ended with ${code}:\n${output}`)));
    });
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child?.pid) return;
    child.removeAllListeners('exit');
    process.kill(-child.pid, 'SIGTERM');
    // npm ends before Strapi, which still saves its index.
    while (alive(-child.pid)) await setTimeout(50);
    this.child = null;
  }

  async remove(): Promise<void> {
    await this.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The account that the first start prints. */
export function accountIn(output: string): { email: string; password: string } {
  const [, email, password] = /email: (\S+)\s+password: (\S+)/.exec(output) ?? [];
  return { email, password };
}
