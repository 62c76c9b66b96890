import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';

import { BATCH, DamagedSnapshot, encode, END, framesOf, HEADER, type Frame } from './frames';

const NAME = 'index.snapshot';
/** After how many bytes to look again at how much room the disk has. */
const LOOK_BYTES = 8_000_000;
/** Temporary files older than this were left by a process that was killed, in milliseconds. */
const ABANDONED_MS = 10 * 60_000;

/** One file in a folder, replaced as a whole or not at all. */
export class SnapshotFile {
  /** The size of the file that was read or written last. */
  bytes = 0;

  /** @param key What the file is authenticated with. */
  constructor(
    readonly directory: string,
    private readonly key: Buffer,
  ) {}

  private get place(): string {
    return path.join(this.directory, NAME);
  }

  /**
   * Reads the file frame by frame.
   *
   * @param header Called first, with the header; `false` ends the reading.
   * @returns Whether it was read to its end.
   * @throws DamagedSnapshot for a file that is not as it was written; part of it may have been handed out.
   */
  async read(
    header: (text: unknown) => boolean | Promise<boolean>,
    frame: (frame: Frame) => void,
  ): Promise<boolean> {
    // Opening a pipe would wait for somebody to write into it.
    const found = await stat(this.place).catch(() => null);
    if (found && !found.isFile()) throw new DamagedSnapshot('it is not a file');
    const file = await open(this.place, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (!file) return false;
    try {
      const { size } = await file.stat();
      let isFirst = true;
      for await (const next of framesOf(file, this.key)) {
        if (isFirst !== (next.kind === HEADER)) throw new DamagedSnapshot('its order is wrong');
        if (isFirst && !(await header(next.text))) return false;
        if (!isFirst) frame(next);
        isFirst = false;
        await new Promise(setImmediate);
      }
      // The next one needs as much room, but not because of one that is refused.
      this.bytes = size;
      return true;
    } finally {
      await file.close();
    }
  }

  /** Replaces the file once all is written. */
  async write(
    header: unknown,
    batches: Iterable<Omit<Frame, 'kind'>>,
    end: () => unknown,
  ): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await this.removeAbandoned();
    await this.checkRoom(2 * this.bytes);
    const temporary = `${this.place}.${randomUUID()}.tmp`;
    const file = await open(temporary, 'w', 0o600);
    let size = 0;
    let checked = 0;
    try {
      let at = 0;
      const put = async (frame: Parameters<typeof encode>[2]) => {
        const parts = encode(this.key, at, frame);
        at += 1;
        const { bytesWritten } = await file.writev(parts);
        const length = parts.reduce((sum, part) => sum + part.length, 0);
        if (bytesWritten !== length)
          throw new Error('only part of it could be written to the disk');
        size += length;
        if (size - checked >= LOOK_BYTES) {
          checked = size;
          await this.checkRoom(size);
        }
        await new Promise(setImmediate);
      };
      await put({ kind: HEADER, text: header });
      for (const { text, arrays } of batches) await put({ kind: BATCH, text, arrays });
      await put({ kind: END, text: end() });
      await file.sync();
      await file.close();
      await rename(temporary, this.place);
      this.bytes = size;
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Leaves others at least as much room as the file takes: they may be the database.
   *
   * @throws Error if the disk has fewer free bytes than `needed`.
   */
  private async checkRoom(needed: number): Promise<void> {
    const disk = await statfs(this.directory).catch(() => null);
    if (!disk) return;
    const free = disk.bavail * disk.bsize;
    if (free < needed) throw new Error(`the disk is almost full: ${megabytes(free)} MB are free, and ${megabytes(needed)} MB are needed`); // prettier-ignore
  }

  private async removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      if (!name.startsWith(NAME) || !name.endsWith('.tmp')) continue;
      const place = path.join(this.directory, name);
      const { mtimeMs } = await stat(place).catch(() => ({ mtimeMs: Date.now() }));
      if (Date.now() - mtimeMs <= ABANDONED_MS) continue;
      // It may be another user's.
      await rm(place, { force: true }).catch(() => undefined);
    }
  }
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);

/** Removes what was saved in a folder, and the folder if nothing else is in it. */
export async function removeSnapshots(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    if (name !== NAME && !(name.startsWith(`${NAME}.`) && name.endsWith('.tmp'))) continue;
    await rm(path.join(directory, name), { force: true });
  }
  // It may hold other files: the folder is the site builder's choice.
  await rmdir(directory).catch(() => undefined);
}
