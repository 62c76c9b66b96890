const { AsyncLocalStorage } = require('node:async_hooks');
const path = require('node:path');

/** Tells what a command writes from the late words of a Strapi that an earlier suite stopped. */
const running = new AsyncLocalStorage();

/** What a command may leave behind in the process. */
const LISTENED = ['SIGINT', 'SIGTERM'];

let last = Promise.resolve();

/**
 * Runs a command line in this process, one after the other: Strapi is loaded already, which takes most of the time of a
 * process of one's own.
 */
module.exports = (cli, args, env, cwd) => {
  const result = last.then(() => run(cli, args, env, cwd));
  last = result.catch(() => undefined);
  return result;
};

async function run(cli, args, env, cwd) {
  const before = { env: { ...process.env }, cwd: process.cwd(), exit: process.exit };
  const listeners = LISTENED.map((name) => process.listeners(name));
  const outputListeners = process.stdout.listeners('error');
  const written = { stdout: '', stderr: '' };
  const writes = Object.keys(written).map((name) => [name, process[name].write]);
  let code;
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.exit = (given = 0) => {
    code ??= given;
  };
  for (const [name, write] of writes) {
    process[name].write = (text, ...rest) => {
      if (running.getStore() !== written) return write.call(process[name], text, ...rest);
      // A process that has ended says nothing more.
      if (code === undefined) written[name] += text;
      rest.find((one) => typeof one === 'function')?.();
      return true;
    };
  }
  try {
    const line = [process.execPath, path.basename(cli), ...args];
    await running.run(written, () => require(cli).run(line));
    return { code: code ?? 0, ...written };
  } finally {
    for (const [name, write] of writes) process[name].write = write;
    process.exit = before.exit;
    process.chdir(before.cwd);
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before.env);
    for (const [at, name] of LISTENED.entries()) {
      for (const one of process.listeners(name))
        if (!listeners[at].includes(one)) process.off(name, one);
    }
    for (const one of process.stdout.listeners('error')) {
      if (!outputListeners.includes(one)) process.stdout.off('error', one);
    }
  }
}
