import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../../config/resolve';
import {
  refKey,
  type Collection,
  type DocumentBatch,
  type DocumentRef,
  type SnapshotEngine,
  type Unpacker,
} from '../../engine/engine';
import type { ChangeLog } from '../../changes/change-log';
import type { CursorState } from '../../changes/cursor';
import type { IndexWriter } from '../index-writer';
import { keyOf } from '../keys';
import type { OwnManifest } from '../own-manifest';
import { typeFingerprints } from '../type-fingerprints';
import type { Problems } from '../../changes/problems';
import { BATCH, DamagedSnapshot, END, type Frame } from './frames';
import type { SnapshotFile } from './snapshot-file';

/** Increase it when the layout or the analysis changes; older files are then rebuilt. */
const FORMAT = 6;
const UNSAVED = 'the index cannot be saved';

interface Header {
  format: number;
  version: string;
  /** The first row's token in the change log, which a copy of the database has too. */
  database: string;
  cursor: CursorState;
  /** What shapes the index of each type, as a fingerprint. */
  types: Record<string, string>;
}

interface BatchText extends Pick<DocumentBatch, 'words' | 'texts'> {
  collection: Collection;
  /** Version, fingerprint and places of each document; `null` for one that is gone by now. */
  manifest: ([string, string, string[]] | null)[];
}

interface EndText {
  /** Documents that changed while the file was written, to be read again. */
  touched: [string, string][];
}

/** What was restored from a snapshot. */
export interface Restored {
  cursor: CursorState;
  /** The types that are in the index now. */
  types: Set<RelatedType>;
  touched: DocumentRef[];
}

export interface SnapshotsOptions {
  file: SnapshotFile;
  engine: SnapshotEngine;
  writer: IndexWriter;
  manifest: OwnManifest;
  log: ChangeLog;
  /** How long the log is kept, in milliseconds. */
  retentionMs: number;
  types: ReadonlyMap<string, RelatedType>;
  /** The version of the plugin. */
  version: string;
  problems: Problems;
  logger: Core.Strapi['log'];
}

/** Saves the index to a file and restores it, together with its position in the log. */
export class Snapshots {
  /** When the index was last saved, in milliseconds since 1970, and up to which row of the log. */
  saved: { at: number; position: number; bytes: number } | null = null;
  /** When saving was last tried, as `performance.now()`: the system clock may be set back. */
  attemptedAt = -Infinity;
  /** How many tries in a row have failed. */
  failures = 0;
  private saving: Promise<void> | null = null;
  /** What of the log the saved index has. */
  private savedCursor = '';

  constructor(private readonly options: SnapshotsOptions) {}

  /** Restores the saved index; `null` if there is nothing usable, which is logged once. */
  async restore(): Promise<Restored | null> {
    try {
      return await this.read();
    } catch (error) {
      const why =
        error instanceof DamagedSnapshot
          ? `it is damaged: ${error.message}`
          : (error as Error).message;
      this.refuse(why);
      await this.options.engine.clear();
      this.options.manifest.clear();
      return null;
    }
  }

  /** Whether the saved index has exactly this much of the log: rows that were missing may be there by now. */
  has(cursor: CursorState): boolean {
    return this.saved !== null && this.savedCursor === JSON.stringify(cursor);
  }

  get isSaving(): boolean {
    return this.saving !== null;
  }

  /** Resolves when nothing is being saved. */
  async idle(): Promise<void> {
    await this.saving;
  }

  /**
   * Saves the index while it keeps changing. Must not be called while a save is running.
   *
   * @param cursor How far the log is applied to the index now.
   * @param unindexed Documents that are missing in the index.
   */
  save(cursor: CursorState, unindexed: readonly DocumentRef[]): Promise<void> {
    this.saving = this.write(cursor, unindexed).finally(() => {
      this.saving = null;
    });
    return this.saving;
  }

  private async write(cursor: CursorState, unindexed: readonly DocumentRef[]): Promise<void> {
    this.attemptedAt = performance.now();
    const touched = new Map(unindexed.map((ref) => [refKey(ref), ref]));
    this.options.writer.touched = touched;
    try {
      const header: Header = {
        format: FORMAT,
        version: this.options.version,
        database: await this.options.log.identity(),
        cursor,
        types: typeFingerprints(this.options.types),
      };
      await this.options.file.write(header, this.batches(), () => ({
        touched: [...touched.values()].map(({ uid, documentId }) => [uid, documentId]),
      }));
      this.saved = { at: Date.now(), position: cursor.id, bytes: this.options.file.bytes };
      this.savedCursor = JSON.stringify(cursor);
      this.failures = 0;
      this.options.problems.resolve(UNSAVED);
    } catch (error) {
      this.failures += 1;
      this.options.problems.raise(UNSAVED, error as Error);
    } finally {
      this.options.writer.touched = null;
    }
  }

  private *batches() {
    for (const { collection, batch } of this.options.engine.pack()) {
      const type = this.options.types.get(collection.type);
      if (!type) continue;
      const entries = this.options.manifest.of(type);
      const { words, texts, figures, numbers, terms } = batch;
      const text: BatchText = {
        collection,
        words,
        texts,
        manifest: texts.map(({ id }) => {
          const entry = entries.get(keyOf(type, { documentId: id, locale: collection.locale }));
          return entry ? [entry.version, entry.fingerprint, entry.places] : null;
        }),
      };
      yield { text, arrays: [figures, numbers, terms] };
    }
  }

  private async read(): Promise<Restored | null> {
    const types = new Set<RelatedType>();
    let cursor: CursorState | null = null;
    let touched: DocumentRef[] = [];
    let held = 0;
    const unpack = this.options.engine.unpack();
    const complete = await this.options.file.read(
      async (text) => {
        const header = text as Header;
        const reason = await this.reasonAgainst(header);
        if (reason) {
          this.refuse(reason);
          return false;
        }
        cursor = header.cursor;
        held = Object.keys(header.types).length;
        const present = typeFingerprints(this.options.types);
        for (const [uid, type] of this.options.types) {
          if (header.types[uid] === present[uid]) types.add(type);
        }
        return true;
      },
      (frame) => {
        if (frame.kind === BATCH) this.take(frame, types, unpack);
        else if (frame.kind === END) {
          const names = (frame.text as EndText).touched;
          touched = names.map(([uid, documentId]) => ({ uid, documentId }));
        }
      },
    );
    if (!complete || !cursor) return null;
    const steps = unpack.finish();
    while (!steps.next().done) await new Promise(setImmediate);
    // One that lacks a reconfigured type is rewritten soon; so is one with another type, whose writes are not logged now.
    if (types.size === this.options.types.size && types.size === held) {
      this.attemptedAt = performance.now();
      const position = (cursor as CursorState).id;
      this.saved = { at: Date.now(), position, bytes: this.options.file.bytes };
      this.savedCursor = JSON.stringify(cursor);
    }
    return { cursor, types, touched };
  }

  private take({ text, arrays }: Frame, types: ReadonlySet<RelatedType>, unpack: Unpacker): void {
    const { collection, words, texts, manifest } = text as BatchText;
    const [figures, numbers, terms] = arrays as [Float64Array, Int32Array, Uint32Array];
    const type = this.options.types.get(collection.type);
    if (!type || !types.has(type)) return;
    unpack.add({ collection, batch: { words, texts, figures, numbers, terms } });
    texts.forEach(({ id }, i) => {
      const entry = manifest[i];
      if (!entry) return;
      const [version, fingerprint, places] = entry;
      const key = keyOf(type, { documentId: id, locale: collection.locale });
      this.options.manifest.set(type, key, { version, fingerprint, places });
    });
  }

  private async reasonAgainst({
    format,
    version,
    database,
    cursor,
  }: Header): Promise<string | null> {
    if (format !== FORMAT) return 'it was written by an earlier version of the plugin';
    if (version !== this.options.version) {
      return `it was written by version ${version} of the plugin`;
    }
    if (database !== (await this.options.log.identity())) return 'it belongs to another database';
    if (!(await this.options.log.holdsAll(cursor, this.options.retentionMs)))
      return 'the change log no longer goes back that far';
    return null;
  }

  private refuse(reason: string): void {
    this.options.logger.warn(
      `related-articles: the saved index in ${this.options.file.directory} is not used because ${reason}. Everything is read from the database.`,
    );
  }
}
