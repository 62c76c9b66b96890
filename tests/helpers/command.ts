import { execFile, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

export const root = path.resolve(__dirname, '../..');
export const bin = path.join(root, 'src/plugins/related-articles/bin/related-articles.js');

/** For commands of Strapi: they leave the project's build alone. */
export const KEEP_BUILD = { NODE_OPTIONS: `--require ${path.join(__dirname, 'keep-build.cjs')}` };

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line to its end, whatever that is. */
export async function runCommand(
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
