import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { documentIdOf, type Follower } from './follower';
import type { Reader } from './reader';

/** How often the database is compared with the index, in milliseconds. */
const INTERVAL_MS = 10_000;

/**
 * Finds what reached the database past this process: an import from the command line, another instance,
 * SQL. A look at the newest published rows tells whether anything differs, a comparison of all row ids what.
 */
export class Reconciler {
  private readonly summaries = new Map<RelatedType, string>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly reader: Reader,
    private readonly follower: Follower,
    private readonly types: ReadonlyMap<string, RelatedType>,
    private readonly log: Core.Strapi['log'],
  ) {}

  start(): void {
    this.timer = setTimeout(() => void this.tick(), INTERVAL_MS);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Compares every type once; differences go to the follower as changes. */
  async check(): Promise<void> {
    for (const type of this.types.values()) {
      if (!this.follower.isSettled(type)) continue;
      const summary = await this.reader.summary(type);
      if (summary === this.summaries.get(type)) continue;
      const different = await this.differences(type);
      if (different.length > 0) this.follower.change(type, different);
      this.summaries.set(type, summary);
    }
  }

  private async tick(): Promise<void> {
    try {
      await this.check();
    } catch (error) {
      this.log.warn(
        `related-articles: could not compare the index with the database: ${(error as Error).message}`,
      );
    }
    if (this.timer) this.start();
  }

  private async differences(type: RelatedType): Promise<string[]> {
    const indexed = new Map(this.follower.rows(type));
    const different = new Set<string>();
    for await (const row of this.reader.rows(type)) {
      const key = this.follower.keyOf(type, row);
      if (indexed.get(key) !== this.follower.versionOf(row)) different.add(row.documentId);
      indexed.delete(key);
    }
    for (const key of indexed.keys()) different.add(documentIdOf(key));
    return [...different];
  }
}
