import type { Change } from '../changes/change-log';
import { confirmed } from '../changes/confirmed';
import type { Drift, Verification } from '../changes/consumer';
import { counted } from '../config/counted';
import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { versionOf, type Row, type RowReader } from '../content/row-reader';
import type { DocumentRef } from '../engine/engine';
import { partsOf } from '../engine/parts';
import type { IndexWriter } from './index-writer';
import { documentIdOf, keyOf } from './keys';
import type { ManifestEntry } from './index-manifest';
import { PageSize } from './page-size';
import { bucketOf, isSameTotals, movedBy, VersionSums, type Totals } from './version-sums';

/** Keys that are looked up at once. */
const KEYS = 1000;
/** Most differences of a type that are named; more lead to a scan of the type. */
const MAX_NAMED = 1000;
/** How much of the time a quick check may spend when it has to look closer. */
const QUICK_SHARE = 0.3;

export interface IndexVerificationOptions {
  types: ReadonlyMap<string, RelatedType>;
  reader: RowReader;
  writer: IndexWriter;
  /** How often documents of a type were written, or all were queued; it only grows. */
  newsOf(type: RelatedType): number;
}

/** Documents that are read again whatever a comparison finds. */
interface UnderWay {
  /** Documents that are being tried again. */
  unindexed(): DocumentRef[];
  /** Whether a document is waiting to be read. */
  isPending(type: RelatedType, documentId: string): boolean;
}

interface Suspects {
  /** The keys of documents that seem to differ. */
  suspects: Set<string>;
  compared: number;
  /** The summary of the rows, if it was read. */
  looked?: Summary;
  /** By how much the sums over the index were corrected. */
  corrected?: Totals;
}

interface Comparison<Read> {
  /** Whether a row is compared. */
  isIn(key: string): boolean;
  /** Whether the index was made from the present content of a row. */
  isSame(row: Read, entry: ManifestEntry): boolean | Promise<boolean>;
}

interface Compared extends Suspects {
  /** How many of the rows the index holds, in any version, and sums over those versions. */
  known: number;
  sums: VersionSums;
  isStopped: boolean;
}

/** The summary of a type's rows, the sums over the index, and what the log had told at that time. */
interface Summary {
  summary: string;
  held: Totals;
  /** How far the log was read. */
  position: number;
  /** How often documents of the type had been queued. */
  news: number;
}

/** A row of a type with locales that has none is not indexed. */
const isIndexable = (type: RelatedType, { locale }: Row): boolean =>
  !type.localized || Boolean(locale);

/**
 * Compares the index with the database. The quick check compares row ids, times and the size of join tables; the deep
 * one compares the content of each document.
 */
export class IndexVerification {
  private readonly summaries = new Map<RelatedType, Summary>();

  /** The types whose sums cover everything that the index holds. */
  private readonly summed = new Set<RelatedType>();

  constructor(private readonly options: IndexVerificationOptions) {}

  async compare(verification: Verification, underWay: UnderWay): Promise<Drift> {
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
      if (isStopped()) break;
      const ids = await this.confirmed(type, [...found.suspects], verification, underWay);
      if (isStopped()) break;
      for (const documentId of ids) different.push({ uid: type.uid, documentId });
      // Noted last: if anything fails before, everything is compared again.
      if (found.looked) this.summaries.set(type, found.looked);
    }
    const [first] = different;
    return {
      compared,
      differences: different.length,
      description: first
        ? `${counted(different.length, 'document')} changed outside Strapi, such as ${first.uid} ${first.documentId}; reading again`
        : '',
      changes: this.changesFor(different),
    };
  }

  /** Notes that only mending was logged between two positions, so that it does not count as other changes. */
  noteMended(from: number, to: number): void {
    for (const [type, summary] of this.summaries) {
      if (summary.position !== from) continue;
      summary.position = to;
      summary.news = this.options.newsOf(type);
    }
  }

  private changesFor(different: readonly DocumentRef[]): Change[] {
    return [...this.options.types.keys()].flatMap((uid): Change[] => {
      const refs = different.filter((ref) => ref.uid === uid);
      if (refs.length > MAX_NAMED) return [{ kind: 'type', uid }];
      return refs.map((ref) => ({ kind: 'document', ref }));
    });
  }

  private async quickSuspects(type: RelatedType, verification: Verification): Promise<Suspects> {
    const { reader, writer, newsOf } = this.options;
    const position = verification.position();
    const news = newsOf(type);
    const held = writer.sumsOf(type).totals;
    const summary = await reader.summary(type);
    const before = this.summaries.get(type);
    const isSame = before?.summary === summary;
    // The rows may be as they were because SQL has reverted a change that the index has.
    if (isSame && isSameTotals(before.held, held)) {
      return { suspects: new Set(), compared: 0, looked: { summary, held, position, news } };
    }
    // Pins and other types are in the log, too.
    const isQuiet = before?.position === position || before?.news === news;
    // Something changed outside Strapi, perhaps in a join table without timestamps.
    const found = await (!isSame && isQuiet
      ? this.deepSuspects(type, QUICK_SHARE, verification)
      : this.changedRows(type, verification));
    const looked = { summary, held: movedBy(held, found.corrected ?? [0, 0]), position, news };
    return { ...found, looked };
  }

  /**
   * Finds rows of another version than the index was made from. Sums show where to look, so neither the rows nor the
   * manifest of the index have to fit into memory.
   */
  private async changedRows(type: RelatedType, verification: Verification): Promise<Suspects> {
    const { reader, writer } = this.options;
    const known = writer.sumsOf(type);
    const rows = new VersionSums();
    let compared = 0;
    for await (const page of reader.rows(type)) {
      if (verification.isStopped()) return { suspects: new Set(), compared };
      for (const row of page) {
        if (!isIndexable(type, row)) continue;
        rows.add(keyOf(type, row), versionOf(row));
        compared += 1;
      }
    }
    // The sums do not cover yet what the index held when this process started.
    const isFirst = !this.summed.has(type);
    const buckets = known.differing(rows);
    if (buckets.size === 0 && !isFirst) return { suspects: new Set(), compared };
    const isIn = (key: string) => isFirst || buckets.has(bucketOf(key));
    const isSame = (row: Row, entry: ManifestEntry) => versionOf(row) === entry.version;
    const found = await this.compareRows(type, reader.rows(type), { isIn, isSame }, verification);
    if (found.isStopped) return { suspects: new Set(), compared };
    // If not, the index holds documents there that the database does not have, or the sums were out of date.
    const isWhole = known.differing(found.sums, buckets).size === 0;
    const corrected = known.take(found.sums, buckets);
    this.summed.add(type);
    if (!isWhole || isFirst) await this.addAbsent(type, found, isIn, verification);
    return { suspects: found.suspects, compared, corrected };
  }

  private async deepSuspects(
    type: RelatedType,
    share: number,
    verification: Verification,
  ): Promise<Suspects> {
    const { writer } = this.options;
    await writer.forgetLost(type);
    const isIn = () => true;
    const isSame = async (row: Entity & Row, { fingerprint }: ManifestEntry) =>
      (await writer.fingerprint(type, row)) === fingerprint;
    const pages = this.pages(type, share, verification);
    const found = await this.compareRows(type, pages, { isIn, isSame }, verification);
    if (!found.isStopped) await this.addAbsent(type, found, isIn, verification);
    return { suspects: found.suspects, compared: found.compared };
  }

  private async compareRows<Read extends Row>(
    type: RelatedType,
    pages: AsyncIterable<readonly Read[]>,
    { isIn, isSame }: Comparison<Read>,
    { isStopped }: Verification,
  ): Promise<Compared> {
    const { manifest } = this.options.writer;
    const found: Compared = { suspects: new Set(), compared: 0, known: 0, sums: new VersionSums(), isStopped: false }; // prettier-ignore
    for await (const page of pages) {
      if (isStopped()) return { ...found, isStopped: true };
      const rows = page.filter((row) => isIndexable(type, row) && isIn(keyOf(type, row)));
      const entries = await manifest.find(type, rows.map((row) => keyOf(type, row))); // prettier-ignore
      for (const row of rows) {
        const key = keyOf(type, row);
        const entry = entries.get(key);
        found.compared += 1;
        if (entry) found.sums.add(key, entry.version);
        if (entry) found.known += 1;
        if (!entry || !(await isSame(row, entry))) found.suspects.add(key);
      }
    }
    return found;
  }

  /** Adds documents that the index holds and the database does not have. */
  private async addAbsent(
    type: RelatedType,
    { suspects, known }: Compared,
    isIn: (key: string) => boolean,
    { isStopped }: Verification,
  ): Promise<void> {
    const { reader, writer } = this.options;
    if ((await writer.manifest.size(type)) === known) return;
    for await (const page of writer.manifest.pages(type)) {
      for (const keys of partsOf(page.filter(isIn), KEYS)) {
        if (isStopped()) return;
        const rows = await reader.rowsOfDocuments(type, keys.map(documentIdOf));
        const present = new Set(rows.map((row) => keyOf(type, row)));
        for (const key of keys) if (!present.has(key)) suspects.add(key);
      }
    }
  }

  private async *pages(type: RelatedType, share: number, { isStopped, pause }: Verification) {
    const size = new PageSize();
    let afterId = 0;
    for (;;) {
      const started = performance.now();
      const asked = size.current;
      const { rows, last } = await this.options.reader.page(type, afterId, asked);
      size.note(rows);
      yield rows;
      if (last === null || isStopped()) return;
      afterId = last;
      const rest = (performance.now() - started) * (1 / share - 1);
      await new Promise((resolve) => setTimeout(resolve, rest));
      await pause?.();
    }
  }

  /** Returns the documents of those keys that really differ, whatever is written meanwhile. */
  private async confirmed(
    type: RelatedType,
    keys: string[],
    verification: Verification,
    underWay: UnderWay,
  ): Promise<Set<string>> {
    let different = new Set(keys.map(documentIdOf));
    if (keys.length === 0) return different;
    await confirmed(verification, async () => {
      const rest = keys.filter((key) => different.has(documentIdOf(key)));
      different = await this.stillDifferent(type, rest, underWay);
      return different.size;
    });
    return different;
  }

  /** @returns The documents of those keys that differ now. */
  private async stillDifferent(
    type: RelatedType,
    keys: string[],
    { unindexed, isPending }: UnderWay,
  ): Promise<Set<string>> {
    const { reader, writer } = this.options;
    const different = new Set<string>();
    const size = new PageSize();
    for (let at = 0, part: string[]; at < keys.length; at += part.length) {
      part = keys.slice(at, at + size.current);
      const read = await reader.published(type, part.map(documentIdOf));
      size.note(read, part.length);
      const rows = new Map(read.map((row) => [keyOf(type, row), row]));
      const entries = await writer.manifest.find(type, part);
      for (const key of part) {
        const row = rows.get(key);
        const entry = entries.get(key);
        const same =
          row && entry
            ? versionOf(row) === entry.version &&
              (await writer.fingerprint(type, row)) === entry.fingerprint
            : !row && !entry;
        const documentId = documentIdOf(key);
        if (!same && !isPending(type, documentId)) different.add(documentId);
      }
    }
    for (const { uid, documentId } of unindexed()) {
      if (uid === type.uid) different.delete(documentId);
    }
    return different;
  }
}
