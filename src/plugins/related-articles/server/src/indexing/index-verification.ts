import type { Change } from '../changes/change-log';
import type { Drift, Verification } from '../changes/consumer';
import type { RelatedType } from '../config/resolve';
import { versionOf, type RowReader } from '../content/row-reader';
import type { DocumentRef } from '../engine/engine';
import type { ManifestEntry } from './index-manifest';
import { documentIdOf, keyOf, type IndexWriter } from './index-writer';

const PAGE = 100;
/** More differences of a type than this ask for a scan of it. */
const MAX_NAMED = 1000;
/** How much of the time a quick check may spend where it has to look closer. */
const QUICK_SHARE = 0.3;

export interface IndexVerificationOptions {
  types: ReadonlyMap<string, RelatedType>;
  reader: RowReader;
  writer: IndexWriter;
}

interface Suspects {
  /** The keys of documents that seem to differ. */
  suspects: Set<string>;
  compared: number;
}

/**
 * Compares the index with the database. The quick way compares row ids, times and the size of join tables; the deep one
 * what each document says.
 */
export class IndexVerification {
  private readonly summaries = new Map<RelatedType, { summary: string; position: number }>();

  constructor(private readonly options: IndexVerificationOptions) {}

  /** @param unindexed Documents that are being tried again already. */
  async compare(verification: Verification, unindexed: () => DocumentRef[]): Promise<Drift> {
    const { idle, isStopped, depth } = verification;
    let compared = 0;
    const different: DocumentRef[] = [];
    for (const type of this.options.types.values()) {
      await idle();
      if (isStopped()) break;
      const found = await (depth === 'quick'
        ? this.quickSuspects(type, verification)
        : this.deepSuspects(type, verification.share, verification));
      compared += found.compared;
      if (found.suspects.size === 0) continue;
      // The difference may be a recent write whose change has arrived by now.
      await idle();
      if (isStopped()) break;
      const ids = await this.stillDifferent(type, [...found.suspects], unindexed);
      for (const documentId of ids) different.push({ uid: type.uid, documentId });
    }
    const [first] = different;
    return {
      compared,
      differences: different.length,
      description: first
        ? `${different.length} documents were changed outside Strapi, such as ${first.uid} ${first.documentId}; they are read again`
        : '',
      changes: this.changesFor(different),
    };
  }

  private changesFor(different: readonly DocumentRef[]): Change[] {
    return [...this.options.types.keys()].flatMap((uid): Change[] => {
      const refs = different.filter((ref) => ref.uid === uid);
      if (refs.length > MAX_NAMED) return [{ kind: 'type', uid }];
      return refs.map((ref) => ({ kind: 'document', ref }));
    });
  }

  private async quickSuspects(type: RelatedType, verification: Verification): Promise<Suspects> {
    const { reader } = this.options;
    const position = verification.position();
    const summary = await reader.summary(type);
    const before = this.summaries.get(type);
    this.summaries.set(type, { summary, position });
    if (before?.summary === summary) return { suspects: new Set(), compared: 0 };
    // Something changed outside Strapi, perhaps in a join table without timestamps.
    if (before && before.position === position) {
      return this.deepSuspects(type, QUICK_SHARE, verification);
    }
    return this.suspectsAmong(
      type,
      reader.rows(type),
      (row, entry) => versionOf(row) === entry.version,
      verification,
    );
  }

  private deepSuspects(
    type: RelatedType,
    share: number,
    verification: Verification,
  ): Promise<Suspects> {
    const { writer } = this.options;
    return this.suspectsAmong(
      type,
      this.pages(type, share, verification),
      async (entity, entry) => (await writer.fingerprint(type, entity)) === entry.fingerprint,
      verification,
    );
  }

  /** @param isSame Whether the index was made from what a row says. */
  private async suspectsAmong<Row extends { documentId: string; locale?: string | null }>(
    type: RelatedType,
    rows: AsyncIterable<Row>,
    isSame: (row: Row, entry: ManifestEntry) => boolean | Promise<boolean>,
    { isStopped }: Verification,
  ): Promise<Suspects> {
    const manifest = () => this.options.writer.manifest.of(type);
    const suspects = new Set<string>();
    const seen = new Set<string>();
    for await (const row of rows) {
      if (isStopped()) return { suspects: new Set(), compared: seen.size };
      if (type.localized && !row.locale) continue;
      const key = keyOf(type, row);
      seen.add(key);
      const entry = manifest().get(key);
      if (!entry || !(await isSame(row, entry))) suspects.add(key);
    }
    for (const key of manifest().keys()) if (!seen.has(key)) suspects.add(key);
    return { suspects, compared: seen.size };
  }

  private async *pages(type: RelatedType, share: number, { isStopped }: Verification) {
    let afterId = 0;
    for (;;) {
      const started = performance.now();
      const page = await this.options.reader.page(type, afterId, PAGE);
      yield* page;
      if (page.length < PAGE || isStopped()) return;
      afterId = page[page.length - 1].id;
      const pause = (performance.now() - started) * (1 / share - 1);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** @returns The documents of those keys that differ still. */
  private async stillDifferent(
    type: RelatedType,
    keys: string[],
    unindexed: () => DocumentRef[],
  ): Promise<Set<string>> {
    const { reader, writer } = this.options;
    const different = new Set<string>();
    for (let start = 0; start < keys.length; start += PAGE) {
      const part = keys.slice(start, start + PAGE);
      const read = await reader.published(type, part.map(documentIdOf));
      const rows = new Map(read.map((row) => [keyOf(type, row), row]));
      for (const key of part) {
        const row = rows.get(key);
        const entry = writer.manifest.of(type).get(key);
        const same =
          row && entry
            ? versionOf(row) === entry.version &&
              (await writer.fingerprint(type, row)) === entry.fingerprint
            : !row && !entry;
        if (!same) different.add(documentIdOf(key));
      }
    }
    for (const { uid, documentId } of unindexed()) {
      if (uid === type.uid) different.delete(documentId);
    }
    return different;
  }
}
