// What every command does before its own work. Needs nothing installed.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const stamps = path.join(root, 'node_modules/.cache/related-articles');

export function say(text) {
  console.log(`\u2192 ${text}`);
}

export function fail(text) {
  console.error(`error: ${text}`);
  process.exit(1);
}

/** Runs a command to its end; its output is shown. Rejects unless it exits with 0. */
export function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? `code ${code}`}`));
    });
  });
}

export const bin = (name) => path.join(root, 'node_modules/.bin', name);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 5)) {
    fail(`Node.js ${process.version} is too old; version 20.5 or newer is needed.`);
  }
  if (process.platform === 'win32') {
    fail(
      'These commands need Linux or macOS. On Windows, run them in WSL: https://aka.ms/wslinstall',
    );
  }
}

/** All that demo and tests have in common: packages, secrets, build. */
export async function setup() {
  await setupPlugin();
  await ensureProject();
}

/** Packages, secrets, and the plugin's build. */
export async function setupPlugin() {
  checkNode();
  ensureSecrets();
  const packages = hashOf(['package-lock.json']);
  const isInstalled = isStamped('install', packages);
  if (!isInstalled) {
    say('Installing packages (1 to 2 minutes)');
    await run('npm', ['ci', '--include=dev', '--ignore-scripts', ...QUIETLY]);
  }
  await together(isInstalled ? null : compilePackages(packages), ensurePlugin());
}

const QUIETLY = ['--no-audit', '--no-fund', '--loglevel=error'];

/** What packages do once they are installed. The plugin's build needs none of it, and SQLite takes as long. */
async function compilePackages(hash) {
  say(
    'Setting the packages up (up to 2 minutes more where SQLite has no ready-made binary and a C++ compiler makes it)',
  );
  await run('npm', ['rebuild', ...QUIETLY]);
  stamp('install', hash);
}

async function ensurePlugin() {
  const plugin = hashOf(['src/plugins', 'package-lock.json']);
  if (isBuilt('plugin', plugin, 'src/plugins/related-articles/dist/server')) return;
  say('Building the plugin (about a minute)');
  await run('npm', ['run', 'build', '--silent', '-w', 'strapi-plugin-related-articles']);
  stamp('plugin', plugin);
}

/** Builds server and admin panel, each if anything that it is made from has changed. */
export async function ensureProject() {
  const admin = hashOf(['src/plugins', 'src/admin', 'package.json', 'package-lock.json']);
  const server = hashOf(['src', 'config', 'package.json', 'tsconfig.json'], ['plugins', 'admin']);
  if (!isBuilt('admin', admin, 'dist/build/index.html')) {
    say('Building server and admin panel (about a minute)');
    // Strapi's build leaves what was made from files that are gone.
    rmSync(path.join(root, 'dist'), { recursive: true, force: true });
    await run(bin('strapi'), ['build', '--silent'], { NODE_ENV: 'production' });
    stamp('admin', admin);
    stamp('server', server);
  }
  if (!isBuilt('server', server, 'dist/config')) {
    say('Building the server');
    for (const name of readdirSync(path.join(root, 'dist'))) {
      if (name !== 'build') rmSync(path.join(root, 'dist', name), { recursive: true });
    }
    await run(bin('tsc'), ['-p', 'tsconfig.json', '--incremental', 'false']);
    stamp('server', server);
  }
}

/** Waits until all have ended, and rejects with the first reason there is: what one leaves running would go on. */
export async function together(...steps) {
  for (const { reason } of await Promise.allSettled(steps)) if (reason) throw reason;
}

const isBuilt = (name, hash, product) =>
  existsSync(path.join(root, product)) && isStamped(name, hash);

const SECRETS = {
  APP_KEYS: () => [secret(), secret()].join(','),
  API_TOKEN_SALT: secret,
  ADMIN_JWT_SECRET: secret,
  TRANSFER_TOKEN_SALT: secret,
  JWT_SECRET: secret,
  ENCRYPTION_KEY: secret,
};

/** Writes each secret that is missing into `.env`; what is there stays. */
function ensureSecrets() {
  const file = path.join(root, '.env');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const missing = Object.entries(SECRETS).filter(
    ([name]) => !process.env[name] && !new RegExp(`^\\s*${name}\\s*=\\s*\\S`, 'm').test(text),
  );
  if (missing.length === 0) return;
  say(`Making secrets in .env: ${missing.map(([name]) => name).join(', ')}`);
  const lines = missing.map(([name, make]) => `${name}=${make()}`);
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  writeFileSync(file, `${text}${separator}${lines.join('\n')}\n`, { mode: 0o600 });
}

function secret() {
  return randomBytes(24).toString('base64url');
}

function hashOf(entries, without = []) {
  const hash = createHash('sha256');
  for (const entry of entries) {
    for (const file of filesIn(path.join(root, entry), without)) {
      hash.update(path.relative(root, file)).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

/** The stemmers are made by the build, see the plugin's scripts/snowball.mjs. */
const UNHASHED = ['dist', 'node_modules', 'magazine', 'stemmers.js'];

function filesIn(place, without) {
  if (!existsSync(place)) return [];
  if (statSync(place).isFile()) return [place];
  const entries = readdirSync(place, { withFileTypes: true });
  return entries
    .filter(({ name }) => ![...UNHASHED, ...without].includes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const full = path.join(place, entry.name);
      return entry.isDirectory() ? filesIn(full, without) : [full];
    });
}

function isStamped(name, hash) {
  const file = path.join(stamps, name);
  return existsSync(file) && readFileSync(file, 'utf8') === hash;
}

function stamp(name, hash) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(path.join(stamps, name), hash);
}
