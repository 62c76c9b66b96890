import { realpath, rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a text to a file. What was there stays until the new file is whole: a full disk must not cost it.
 *
 * @throws Error that names the file and what is wrong.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const place = await realpath(file).catch(() => file);
  const temporary = `${place}.${process.pid}.part`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Error(`${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
