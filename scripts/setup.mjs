// npm run setup: what demo and tests have in common. Does nothing where nothing has changed.
import { fail, setup } from './lib/steps.mjs';

try {
  await setup();
} catch (error) {
  fail(error.message);
}
