import { lstat, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

const SPECIAL = /^\/(?:dev|proc)\//;

/** Where a command writes what it makes. */
export interface OutputFile {
  /** Where it is written to. */
  path: string;
  /** Puts it in its place, once it is whole. */
  keep(): Promise<void>;
  /** Leaves nothing behind. */
  drop(): Promise<void>;
}

/** What is there stays until the new file is whole. Devices, pipes and links to nowhere are written through. */
export async function outputFile(file: string): Promise<OutputFile> {
  if (await isWrittenThrough(file)) {
    const nothing = () => Promise.resolve();
    return { path: file, keep: nothing, drop: nothing };
  }
  const place = await realpath(file).catch(() => file);
  const temporary = `${place}.${process.pid}.part`;
  return {
    path: temporary,
    keep: () => rename(temporary, place),
    drop: () => rm(temporary, { force: true }),
  };
}

async function isWrittenThrough(file: string): Promise<boolean> {
  if (SPECIAL.test(path.resolve(file))) return true;
  const found = await stat(file).catch(() => null);
  return found ? !found.isFile() : (await lstat(file).catch(() => null)) !== null;
}
