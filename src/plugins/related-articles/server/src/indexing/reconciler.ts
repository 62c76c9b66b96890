import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Change, ChangeLog } from '../changes/change-log';
import { CURATION } from '../curations/curation';
import type { CurationCache } from '../curations/curation-cache';
import type { Follower } from './follower';
import { documentIdOf, keyOf, type IndexWriter, type Name } from './index-writer';
import type { ManifestEntry } from './index-manifest';
import { versionOf, type Reader } from '../content/reader';
import type { Problems } from '../changes/problems';

const PAGE = 100;
/** More differences of a type than this ask for a scan of it. */
const MAX_NAMED = 1000;
/** How long after the start the first deep check begins, in milliseconds. */
const SETTLING_MS = 5000;
const FAILING = 'the index cannot be compared with the database';

/** What a comparison of the index with the database found. */
export interface Reconciliation {
  kind: 'quick' | 'deep';
  /** When it ended, in milliseconds since 1970. */
  at: number;
  /** Documents that were compared; 0 when a look at the newest rows told that nothing can differ. */
  compared: number;
  /** Documents and curations that differed and that no change told of. They were read again. */
  differences: number;
}

export interface ReconcilerOptions {
  /** Between two quick checks, in milliseconds. */
  intervalMs: number;
  /** The local time of the deep check, in minutes since midnight; `null` for none. */
  deepAt: number | null;
}

interface Suspects {
  /** The keys of documents that seem to differ. */
  suspects: Set<string>;
  compared: number;
}

/**
 * Finds what no change told of: SQL, an import, a crash between a bare query and its change row. The quick check
 * compares row ids, times and the size of join tables; the deep one what each document says. What differs is
 * written to the log, so that every instance reads it again.
 */
export class Reconciler {
  last: Reconciliation | null = null;
  lastDeep: Reconciliation | null = null;
  /** Differences found since the start. */
  differences = 0;
  private readonly summaries = new Map<RelatedType, { summary: string; position: number }>();
  private timer: NodeJS.Timeout | null = null;
  private deepTimer: NodeJS.Timeout | null = null;
  private checking: Promise<unknown> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly reader: Reader,
    private readonly follower: Follower,
    private readonly writer: IndexWriter,
    private readonly log: ChangeLog,
    private readonly types: ReadonlyMap<string, RelatedType>,
    private readonly curations: CurationCache,
    private readonly troubles: Problems,
    private readonly logger: Core.Strapi['log'],
    private readonly options: ReconcilerOptions,
  ) {}

  /** Checks quickly when the index is ready, deeply soon after, and both again and again. */
  start(): void {
    void this.follower.idle().then(() => this.tick());
    this.deepTimer = setTimeout(() => void this.deepTick(), SETTLING_MS);
    this.deepTimer.unref();
  }

  /** Resolves when no query of it is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    if (this.deepTimer) clearTimeout(this.deepTimer);
    await this.checking;
  }

  /** Compares rows. Waits until differences are mended. */
  quick(): Promise<Reconciliation> {
    return this.oneByOne(() => this.check('quick', (type) => this.quickSuspects(type)));
  }

  /**
   * Compares what every published document says with what was indexed. Waits until differences are mended.
   *
   * @param share How much of the time may be spent on it, above 0 up to 1.
   */
  deep(share = 1): Promise<Reconciliation> {
    return this.oneByOne(() => this.check('deep', (type) => this.deepSuspects(type, share)));
  }

  private oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const done = this.checking.then(work, work);
    this.checking = done.catch(() => undefined);
    return done;
  }

  private async tick(): Promise<void> {
    await this.guarded(async () => {
      await this.quick();
      // What was written past Strapi while nothing ran is in the index now.
      this.follower.confirm();
    });
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.tick(), this.options.intervalMs);
    this.timer.unref();
  }

  private async deepTick(): Promise<void> {
    await this.follower.idle();
    await this.guarded(() => this.deep(0.3));
    const { deepAt } = this.options;
    if (this.stopped || deepAt === null) return;
    this.deepTimer = setTimeout(() => void this.deepTick(), untilTimeOfDay(deepAt, new Date()));
    this.deepTimer.unref();
  }

  private async guarded(check: () => Promise<unknown>): Promise<void> {
    if (this.stopped) return;
    try {
      await check();
      this.troubles.resolve(FAILING);
    } catch (error) {
      if (!this.stopped) this.troubles.raise(FAILING, error as Error);
    }
  }

  private async check(
    kind: Reconciliation['kind'],
    suspectsOf: (type: RelatedType) => Promise<Suspects>,
  ): Promise<Reconciliation> {
    await this.follower.idle();
    let compared = 0;
    const different: Name[] = [];
    for (const type of this.types.values()) {
      if (!this.follower.isSettled(type)) await this.follower.idle();
      if (this.stopped) break;
      const found = await suspectsOf(type);
      compared += found.compared;
      if (found.suspects.size === 0) continue;
      // What differs may just have been written: then its change has come meanwhile.
      await this.follower.idle();
      if (this.stopped) break;
      for (const documentId of await this.stillDifferent(type, [...found.suspects])) {
        different.push({ type, documentId });
      }
    }
    await this.mend(different);
    const curations = this.stopped ? 0 : await this.mendCurations(kind);
    const differences = different.length + curations;
    const result = { kind, at: Date.now(), compared, differences };
    this.differences += differences;
    this.last = result;
    if (kind === 'deep') this.lastDeep = result;
    return result;
  }

  private async mend(different: readonly Name[]): Promise<void> {
    if (different.length === 0 || this.stopped) return;
    this.logger.warn(
      `related-articles: ${different.length} documents were changed past Strapi, such as ${different[0].type.uid} ${different[0].documentId}; they are read again`,
    );
    this.follower.refresh(different);
    for (const type of this.types.values()) {
      const names = different.filter((name) => name.type === type);
      const changes: Change[] =
        names.length > MAX_NAMED
          ? [{ kind: 'type', uid: type.uid, entry: null }]
          : names.map(({ documentId }) => ({ kind: 'document', uid: type.uid, entry: documentId }));
      for (const change of changes) {
        if (this.stopped) return;
        await this.log.append(change).catch((error) => this.follower.addUnlogged(change, error));
      }
    }
    await this.follower.idle();
  }

  /** @returns How many curations were changed past Strapi; they are read again. */
  private async mendCurations(kind: Reconciliation['kind']): Promise<number> {
    if (kind === 'quick' && (await this.curations.isInStep())) return 0;
    await this.follower.idle();
    const differences = await this.curations.drift();
    if (differences === 0) return 0;
    this.logger.warn(
      `related-articles: ${differences} curations were changed past Strapi; they are read again`,
    );
    const change: Change = { kind: 'type', uid: CURATION.uid, entry: null };
    await this.log.append(change).catch((error) => this.follower.addUnlogged(change, error));
    await this.follower.idle();
    return differences;
  }

  private async quickSuspects(type: RelatedType): Promise<Suspects> {
    const { position } = this.follower;
    const summary = await this.reader.summary(type);
    const before = this.summaries.get(type);
    this.summaries.set(type, { summary, position });
    if (before?.summary === summary) return { suspects: new Set(), compared: 0 };
    // Something changed, and nothing was written through Strapi: it may be in a join table, where no time tells.
    if (before && before.position === position) return this.deepSuspects(type, 0.3);
    return this.compare(
      type,
      this.reader.rows(type),
      (row, entry) => versionOf(row) === entry.version,
    );
  }

  private deepSuspects(type: RelatedType, share: number): Promise<Suspects> {
    return this.compare(
      type,
      this.pages(type, share),
      async (entity, entry) => (await this.writer.fingerprint(type, entity)) === entry.fingerprint,
    );
  }

  /** @param isSame Whether the index was made from what a row says. */
  private async compare<Row extends { documentId: string; locale?: string | null }>(
    type: RelatedType,
    rows: AsyncIterable<Row>,
    isSame: (row: Row, entry: ManifestEntry) => boolean | Promise<boolean>,
  ): Promise<Suspects> {
    const suspects = new Set<string>();
    const seen = new Set<string>();
    for await (const row of rows) {
      if (this.stopped) return { suspects: new Set(), compared: seen.size };
      if (type.localized && !row.locale) continue;
      const key = keyOf(type, row);
      seen.add(key);
      const entry = this.writer.manifest.of(type).get(key);
      if (!entry || !(await isSame(row, entry))) suspects.add(key);
    }
    for (const key of this.writer.manifest.of(type).keys()) {
      if (!seen.has(key)) suspects.add(key);
    }
    return { suspects, compared: seen.size };
  }

  private async *pages(type: RelatedType, share: number) {
    let afterId = 0;
    for (;;) {
      const started = performance.now();
      const page = await this.reader.page(type, afterId, PAGE);
      yield* page;
      if (page.length < PAGE || this.stopped) return;
      afterId = page[page.length - 1].id;
      const pause = (performance.now() - started) * (1 / share - 1);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** @returns The documents of those keys that differ still. */
  private async stillDifferent(type: RelatedType, keys: string[]): Promise<Set<string>> {
    const different = new Set<string>();
    for (let start = 0; start < keys.length; start += PAGE) {
      const part = keys.slice(start, start + PAGE);
      const read = await this.reader.published(type, part.map(documentIdOf));
      const rows = new Map(read.map((row) => [keyOf(type, row), row]));
      for (const key of part) {
        const row = rows.get(key);
        const entry = this.writer.manifest.of(type).get(key);
        const same =
          row && entry
            ? versionOf(row) === entry.version &&
              (await this.writer.fingerprint(type, row)) === entry.fingerprint
            : !row && !entry;
        if (!same) different.add(documentIdOf(key));
      }
    }
    // These are being tried again already.
    for (const { documentId } of this.follower.unindexed) different.delete(documentId);
    return different;
  }
}

/** Milliseconds until the next such time of the day, with up to ten minutes more, so that instances take turns. */
export function untilTimeOfDay(minutes: number, now: Date, spread = Math.random()): number {
  const next = new Date(now);
  next.setHours(Math.floor(minutes / 60), minutes % 60, 0, 0);
  if (next <= now) next.setDate(next.getDate() + 1);
  return next.getTime() - now.getTime() + spread * 10 * 60_000;
}
