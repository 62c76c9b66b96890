// npm run soak -- kills|instances|load|cluster: bundles soak/ and runs it.
import { fail, run, setup } from './lib/steps.mjs';
import { bundle } from './lib/bundle.mjs';

await setup();
const outfile = await bundle('soak/index.ts', 'soak.cjs');
run(process.execPath, ['--no-deprecation', outfile, ...process.argv.slice(2)]).catch(
  ({ message }) => fail(message),
);
