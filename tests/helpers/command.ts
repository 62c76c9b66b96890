import { execFile, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { requireOutside } from '../environment/outside';

export const root = path.resolve(__dirname, '../..');
export const bin = path.join(root, 'src/plugins/related-articles/bin/related-articles.js');
const cli = path.join(root, 'src/plugins/related-articles/dist/cli/index.js');

/** For commands of Strapi: they leave the project's build alone. */
export const KEEP_BUILD = { NODE_OPTIONS: `--require ${path.join(__dirname, 'keep-build.cjs')}` };

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

type Run = (cli: string, args: readonly string[], env: object, cwd: string) => Promise<Result>;
const runHere = requireOutside('../environment/commands.js') as Run;

/** Runs the command line until it ends, in this process unless a Strapi is running in it. */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string>,
  cwd = root,
): Promise<Result> {
  const isBusy = (requireOutside('node:vm') as typeof import('node:vm')).runInThisContext("typeof strapi !== 'undefined'"); // prettier-ignore
  return isBusy ? runProcess(args, env, cwd) : runHere(cli, args, env, cwd);
}

/** Runs the command line in a process of its own. */
export async function runProcess(
  args: readonly string[],
  env: Record<string, string>,
  cwd = root,
  onStart: (process: ChildProcess) => void = () => undefined,
): Promise<Result> {
  try {
    const options = { cwd, env: { ...process.env, ...env } };
    const running = promisify(execFile)(process.execPath, [bin, ...args], options);
    onStart(running.child);
    const { stdout, stderr } = await running;
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as unknown as Result;
    return { code, stdout, stderr };
  }
}
