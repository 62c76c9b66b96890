import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { freePort } from './databases';

const root = path.resolve(__dirname, '../..');
const plugin = path.join(root, 'src/plugins/related-articles');
const START_TIMEOUT_MS = 120_000;

/** A Strapi project in a temporary folder, made from `tests/site`, with this plugin installed from its tarball. */
export class FreshProject {
  private server: ChildProcess | null = null;
  url = '';
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-fresh-'));

  /** Installs everything from the registry, as `npm install` in a new project does. */
  async install(strapiVersion: string): Promise<void> {
    fs.cpSync(path.join(root, 'tests/site'), this.folder, { recursive: true });
    const { dependencies } = JSON.parse(
      fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
    ) as { dependencies: Record<string, string> };
    this.edit('package.json', (text) =>
      text
        .replaceAll('STRAPI_VERSION', strapiVersion)
        .replace('SQLITE_VERSION', dependencies['better-sqlite3']),
    );
    const [, minor] = strapiVersion.split('.').map(Number);
    // Before 5.10, Strapi required two versions of koa, which today's npm does not accept.
    const peers = minor < 10 ? ['--legacy-peer-deps'] : [];
    if (minor < 20) {
      // Before 0.33, sharp fetched its binary from GitHub, which not every machine can reach.
      this.edit('package.json', (text) =>
        JSON.stringify({ ...JSON.parse(text), overrides: { sharp: '0.33.5' } }, null, 2),
      );
    }
    if (strapiVersion === dependencies['@strapi/strapi']) this.borrowPackages();
    // Saves compiling it again.
    else this.borrow('better-sqlite3');
    const packed = await this.run('npm', ['pack', plugin, '--silent'], {
      npm_config_loglevel: 'error',
    });
    await this.run('npm', [
      'install',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...peers,
      `./${packed.trim().split('\n').pop()}`,
    ]);
  }

  /** Starts with this repository's packages if their files can be shared: npm then corrects them, which is faster. */
  private borrowPackages(): void {
    if (!this.borrow()) return;
    // What is written to, and what must come from the tarball.
    for (const name of [
      '.cache',
      '.strapi',
      '.package-lock.json',
      'strapi-plugin-related-articles',
    ]) {
      fs.rmSync(path.join(this.folder, 'node_modules', name), { recursive: true, force: true });
    }
  }

  /**
   * @param name One of the packages; default: all.
   * @returns Whether they are there now.
   */
  private borrow(name = ''): boolean {
    const own = path.join(this.folder, 'node_modules', name);
    fs.mkdirSync(path.dirname(own), { recursive: true });
    try {
      execFileSync('cp', ['-al', path.join(root, 'node_modules', name), own], { stdio: 'ignore' });
      return true;
    } catch {
      fs.rmSync(own, { recursive: true, force: true });
      return false;
    }
  }

  edit(file: string, change: (text: string) => string): void {
    const place = path.join(this.folder, file);
    fs.writeFileSync(place, change(fs.readFileSync(place, 'utf8')));
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.folder, file), 'utf8');
  }

  /** Runs a command in the project. Resolves with its output if it exits with 0, and rejects with it otherwise. */
  run(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: this.folder, env: this.environment(env) });
      let [output, all] = ['', ''];
      child.stdout.on('data', (data) => {
        output += data;
        all += data;
      });
      child.stderr.on('data', (data) => (all += data));
      child.on('error', reject);
      child.on('exit', (code) => {
        if (code === 0) resolve(output);
        else reject(new Error(`${command} ${args.join(' ')} exited with ${code}:\n${all}`));
      });
    });
  }

  strapi(...args: string[]): Promise<string> {
    return this.run(path.join(this.folder, 'node_modules/.bin/strapi'), args);
  }

  /** Starts the built project and waits until it answers. */
  async start(): Promise<void> {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const bin = path.join(this.folder, 'node_modules/.bin/strapi');
    const env = this.environment({ PORT: String(port), NODE_ENV: 'production' });
    const server = spawn(bin, ['start'], { cwd: this.folder, env });
    this.server = server;
    let output = '';
    server.stdout.on('data', (data) => (output += data));
    server.stderr.on('data', (data) => (output += data));
    const end = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      if (server.exitCode !== null || Date.now() > end) throw new Error(`no start:\n${output}`);
      const answer = await fetch(`${this.url}/_health`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async request(
    method: string,
    place: string,
    { token, body }: { token?: string; body?: unknown } = {},
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever Strapi answers
  ): Promise<{ status: number; body: any }> {
    const answer = await fetch(`${this.url}${place}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
    };
  }

  async remove(): Promise<void> {
    const { server } = this;
    if (server && server.exitCode === null) {
      const ended = new Promise((resolve) => server.on('exit', resolve));
      server.kill();
      await ended;
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** The environment without this repository's own, such as jest's NODE_ENV. */
  private environment(more: Record<string, string>): NodeJS.ProcessEnv {
    return {
      ...process.env,
      NODE_ENV: undefined,
      APP_KEYS: 'fresh-1,fresh-2',
      API_TOKEN_SALT: 'fresh-api-token-salt',
      ADMIN_JWT_SECRET: 'fresh-admin-jwt-secret',
      JWT_SECRET: 'fresh-jwt-secret',
      TRANSFER_TOKEN_SALT: 'fresh-transfer-token-salt',
      ENCRYPTION_KEY: 'fresh-encryption-key-of-32-letters',
      DATABASE_FILENAME: path.join(this.folder, '.tmp/data.db'),
      STRAPI_TELEMETRY_DISABLED: 'true',
      ...more,
    } as NodeJS.ProcessEnv;
  }
}
