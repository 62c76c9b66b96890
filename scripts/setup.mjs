// npm run setup: what demo and tests have in common. Does nothing where nothing has changed.
import { ensureBuilt, ensureInstalled, ensureSecrets, fail } from './lib/steps.mjs';

try {
  await ensureInstalled();
  ensureSecrets();
  await ensureBuilt();
} catch (error) {
  fail(error.message);
}
