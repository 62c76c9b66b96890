import { randomUUID } from 'node:crypto';
import { chmod, chown, lstat, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

const SPECIAL = /^\/(?:dev|proc)\//;
/** The bits of a file's mode that say who may do what with it. */
const PERMISSIONS = 0o777;

/** A file that a command writes. */
export interface OutputFile {
  /** Where to write. */
  path: string;
  /** Puts the finished file in its place. */
  keep(): Promise<void>;
  /** Removes an unfinished file. */
  drop(): Promise<void>;
}

/** Prepares a file: the old one stays until it is complete. Writes directly to devices, pipes and dangling links. */
export async function outputFile(file: string): Promise<OutputFile> {
  if (await isWrittenThrough(file)) {
    const nothing = () => Promise.resolve();
    return { path: file, keep: nothing, drop: nothing };
  }
  const place = await realpath(file).catch(() => file);
  const temporary = `${place}.${randomUUID()}.part`;
  return {
    path: temporary,
    keep: () => rename(temporary, place),
    drop: () => rm(temporary, { force: true }),
  };
}

/**
 * Writes a text to a file. An existing file stays until the new one is complete, so a full disk does not destroy it.
 * The new one has the old one's permissions, and its owner if possible.
 *
 * @throws Error that names the file and what is wrong.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const output = await outputFile(file);
  try {
    const old = await stat(file).catch(() => null);
    await writeFile(output.path, text, { mode: old?.mode });
    if (old?.isFile()) {
      await chown(output.path, old.uid, old.gid).catch(() => undefined);
      await chmod(output.path, old.mode & PERMISSIONS);
    }
    await output.keep();
  } catch (error) {
    await output.drop();
    throw new Error(`${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

async function isWrittenThrough(file: string): Promise<boolean> {
  if (SPECIAL.test(path.resolve(file))) return true;
  const found = await stat(file).catch(() => null);
  return found ? !found.isFile() : (await lstat(file).catch(() => null)) !== null;
}
