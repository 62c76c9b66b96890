// npm run bench -- quality|gate|speed|start|http|panel|appearances|plot: bundles bench/ and runs it. Needs npm run setup once.
import { fail, run, setup } from './lib/steps.mjs';
import { bundle } from './lib/bundle.mjs';

if (['http', 'panel', 'start'].includes(process.argv[2])) await setup();
const outfile = await bundle('bench/index.ts', 'bench.cjs');
run(process.execPath, [
  '--expose-gc',
  '--max-old-space-size=12000',
  outfile,
  ...process.argv.slice(2),
]).catch(({ message }) => fail(message));
