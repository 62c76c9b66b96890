const { AsyncLocalStorage } = require('node:async_hooks');
const path = require('node:path');
const { TestEnvironment } = require('jest-environment-node');

const { now } = Date;
const { stringify } = JSON;

/** What remembers schemas, settings, what it has warned of, and who has logged in how often. */
const root = path.resolve(__dirname, '../..');
const STATEFUL = ['node_modules/@strapi', 'node_modules/koa2-ratelimit', 'src/plugins', 'dist', '.tmp'].map((folder) => path.join(root, folder, path.sep)); // prettier-ignore

/** Storages that a suite has used. Each Strapi has some, and every promise of the process pays for each of them. */
const storages = new Set();
for (const name of ['run', 'enterWith']) {
  const own = AsyncLocalStorage.prototype[name];
  AsyncLocalStorage.prototype[name] = function (...args) {
    storages.add(this);
    return own.apply(this, args);
  };
}

/**
 * Loads Strapi outside of the sandboxes that jest makes for each suite, where the packages that it rests on are loaded
 * once for all suites of a worker: loading all of it anew takes as long as three starts. Of what a sandbox has a copy,
 * those that Strapi sees too are the same.
 */
module.exports = class extends TestEnvironment {
  /** Not in `setup`, before which jest runs the files of `setupFiles`. */
  constructor(...of) {
    super(...of);
    this.env = { ...process.env };
    Object.assign(this.global, { requireOutside: require, Date, JSON });
    this.global.process.env = process.env;
    this.keepListeners();
  }

  handleTestEvent({ name }) {
    // By now jest has added listeners of its own.
    if (name === 'run_start') this.keepListeners();
    if (name === 'test_start') this.global.hasFailed = false;
    if (name === 'test_fn_failure') this.global.hasFailed = true;
  }

  async teardown() {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, this.env);
    // What a test that failed may have left replaced.
    Object.assign(Date, { now });
    Object.assign(JSON, { stringify });
    for (const file of Object.keys(require.cache)) {
      if (STATEFUL.some((folder) => file.startsWith(folder))) delete require.cache[file];
    }
    // Whatever loaded them would keep them, and all that they hold.
    for (const loaded of [module, ...Object.values(require.cache)]) {
      loaded.children = loaded.children.filter((child) => require.cache[child.id] === child);
    }
    for (const storage of storages) storage.disable();
    storages.clear();
    process.removeAllListeners();
    process.removeAllListeners = Object.getPrototypeOf(process).removeAllListeners;
    await super.teardown();
  }

  /** A Strapi that stops removes all listeners of the process, also those by which jest hears of errors. */
  keepListeners() {
    const listeners = () =>
      process
        .eventNames()
        .flatMap((name) => process.rawListeners(name).map((call) => [name, call]));
    const before = new Set(listeners().map(([, call]) => call));
    process.removeAllListeners = (...names) => {
      if (names.length > 0)
        return Object.getPrototypeOf(process).removeAllListeners.apply(process, names);
      for (const [name, call] of listeners()) {
        if (!before.has(call)) process.removeListener(name, call);
      }
      return process;
    };
  }
};
