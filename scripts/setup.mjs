// npm run setup: what demo and tests have in common. Does nothing where nothing has changed.
// With `-- plugin`: only packages, secrets and the plugin, with which checks and unit tests can begin.
import { fail, setup, setupPlugin } from './lib/steps.mjs';

try {
  await (process.argv[2] === 'plugin' ? setupPlugin() : setup());
} catch (error) {
  fail(error.message);
}
